/** Show a menu beside the button that opens it, where it fits, with the focus in it. */
export function openBeside(menu, button) {
  menu.showPopover();
  const { bottom, right, top } = button.getBoundingClientRect();
  const { offsetHeight, offsetWidth } = menu;
  const fitsBelow = bottom + offsetHeight < innerHeight;
  menu.style.top = `${Math.max(8, fitsBelow ? bottom : top - offsetHeight)}px`;
  menu.style.left = `${Math.max(8, Math.min(right, innerWidth - 8) - offsetWidth)}px`;
  menu.querySelector("button:not([hidden])")?.focus();
}
