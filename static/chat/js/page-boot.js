// Loaded without "defer". Before the first paint: the sidebar as it was left. Before the
// modules have come over a slow line: what is sent already is kept for them.
(function () {
  "use strict";

  try {
    if (localStorage.getItem("sidebar") === "hidden") {
      document.documentElement.dataset.sidebar = "hidden";
    }
  } catch {
    // Storage is blocked: the sidebar is shown.
  }

  function isWaiting(form) {
    return form && form.id === "composer" && !("ready" in form.dataset);
  }

  addEventListener("submit", function (event) {
    if (!isWaiting(event.target)) return;
    event.preventDefault();
    event.target.dataset.submitted = "";
  });

  addEventListener("keydown", function (event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    if (event.target.id !== "message" || !isWaiting(event.target.form)) return;
    event.preventDefault();
    event.target.form.requestSubmit();
  });
})();
