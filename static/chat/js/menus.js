/** Show a menu beside the button that opens it, where it fits, with the focus in it. */
export function openBeside(menu, button) {
  menu.showPopover();
  const { bottom, left, right, top } = button.getBoundingClientRect();
  const { offsetHeight, offsetWidth } = menu;
  const fitsBelow = bottom + offsetHeight < innerHeight;
  const fitsBehind = left + offsetWidth < innerWidth - 8;
  menu.style.top = `${Math.max(8, fitsBelow ? bottom : top - offsetHeight)}px`;
  const before = Math.max(8, Math.min(right, innerWidth - 8) - offsetWidth);
  menu.style.left = `${fitsBehind ? left : before}px`;
  menu.querySelector("button:not([hidden])")?.focus();
}
