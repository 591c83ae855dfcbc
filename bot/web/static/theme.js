// Before the first paint: light or dark as this person chose, on this machine. Nothing else is kept in the browser.
(() => {
  "use strict";
  document.documentElement.classList.add("js");
  try { const theme = localStorage.getItem("theme"); if (theme) document.documentElement.dataset.theme = theme; } catch { /* storage is off: follow the system */ }
})();
