// A rewind under way: asks how far it is and goes on when it is done. Without scripts the page reloads itself.
(() => {
  "use strict";
  const here = document.getElementById("rewind");
  if (!here) return;
  const look = async () => {
    let answer;
    try {
      answer = await fetch(here.dataset.at, { headers: { Accept: "text/html" }, redirect: "manual" });
    } catch {
      return window.setTimeout(look, 3000); // away for a moment
    }
    const page = answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
    const now = page && page.getElementById("rewind");
    if (!now) return window.location.replace(here.dataset.at); // done, gone, or logged out
    document.getElementById("how-far").value = now.querySelector("progress").value;
    const words = now.querySelector("#how-far-words").textContent;
    if (words !== document.getElementById("how-far-words").textContent) document.getElementById("how-far-words").textContent = words;
    window.setTimeout(look, 1000);
  };
  window.setTimeout(look, 1000);
})();
