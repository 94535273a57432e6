// Loaded without "defer", so that the theme stands before the first paint.
// The choice is "light", "dark" or nothing (or the admin's "auto"): the system's.
(function () {
  "use strict";

  function apply(theme) {
    if (theme === "light" || theme === "dark") {
      document.documentElement.dataset.theme = theme;
    } else {
      delete document.documentElement.dataset.theme;
    }
  }

  try {
    apply(localStorage.getItem("theme"));
  } catch {
    apply(null); // storage is blocked
  }

  addEventListener("storage", function (event) {
    if (event.key === "theme") apply(event.newValue); // chosen in another tab
  });
})();
