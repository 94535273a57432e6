// The token of a one-time link is the fragment of the address: only this script reads it.

const field = document.querySelector("input[name=token]");

function fill() {
  const token = location.hash.slice(1);
  if (token) field.value = token;
  field.closest(".field").hidden = field.value !== "";
}

addEventListener("hashchange", fill);
fill();
