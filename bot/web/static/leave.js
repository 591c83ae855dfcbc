// Leaving a page: a link or a press takes one away only when what it leads to can come. Else the page stays, with the
// words in it, and says why. Without this file the browser goes itself, and shows a page of its own where nothing comes.
(() => {
  "use strict";
  const { PATIENCE, tell, parsed, reason, sure, signedOut, desk } = window.earshot;
  const WRITTEN = 'textarea, input:not([type=hidden], [type=password], [type=checkbox], [type=radio], [type=file])';
  const PLAIN = "[data-plain], :has([type=password])";   // a file comes, or the browser is to keep a password: sent by itself
  const written = (form) => [...form.elements].some((field) => field.matches(WRITTEN) && field.value.trim() && field.value !== field.defaultValue);
  const atStake = () => (desk.unsaved && desk.unsaved()) || [...document.forms].some((form) => form.method === "post" && written(form));
  const patient = async (answer) => {   // who waits is told so
    const slow = setTimeout(() => tell("Earshot has not answered yet. This page stays as it is until it does.", true), 2000);
    try { return await answer; } finally { clearTimeout(slow); }
  };

  // --- a link ---
  const there = async () => {   // does anything answer? What it says is the next page's matter
    try {
      const { status } = await fetch("/readyz", { cache: "no-store", signal: AbortSignal.timeout(PATIENCE) });
      if (status !== 502 && status !== 504) return true;
    } catch { /* said below */ }
    tell("No connection to Earshot, so this page stays open. Try again.", true);
    return false;
  };
  let latest = 0;
  const go = async (href) => {
    const mine = latest += 1;
    if (await patient(atStake() ? sure("this page stays open") : there()) && mine === latest) location.href = href;
  };
  const here = (url) => url.pathname + url.search === location.pathname + location.search;
  addEventListener("click", (e) => {
    const link = e.target.closest && e.target.closest("a[href]");
    if (!link || e.defaultPrevented || e.button || e.ctrlKey || e.metaKey || e.shiftKey || e.altKey) return;
    if (link.target || link.hasAttribute("download") || link.origin !== location.origin || (link.hash && here(link))) return;
    e.preventDefault(); go(link.href);
  });

  // --- a press: a form is sent once, and the page stays until its answer is there ---
  const onward = (to) => {
    const url = new URL(to, location.href), again = url.hash && here(url);
    if (again) { history.replaceState(null, "", url.href); location.reload(); } else location.href = url.href;
  };
  const show = (html) => { document.open(); document.write(html); document.close(); };   // the page that our own server made of it
  const press = async (form, button) => {
    if (!await sure()) return false;
    if (form.matches(PLAIN)) { form.dataset.sure = "yes"; form.requestSubmit(button); delete form.dataset.sure; return false; }
    const fields = new FormData(form, button), body = form.enctype === "multipart/form-data" ? fields : new URLSearchParams(fields);
    const to = button && button.hasAttribute("formaction") ? button.formAction : form.action;
    let answer, html;
    try {
      answer = await fetch(to, { method: "POST", body, credentials: "same-origin", headers: { "Earshot-Press": "yes" }, signal: AbortSignal.timeout(4 * PATIENCE) });
      html = await answer.text();
    } catch { tell("No answer came: it may be done, or not. What you wrote is still here; look before you press again.", true); return false; }
    const next = answer.headers.get("earshot-next") || (answer.redirected && answer.url);
    if (answer.status === 401 && !html) signedOut();   // a page with 401 is the log-in's own: a wrong code
    else if (next) { onward(next); return true; }
    else if (!answer.ok && (!html.trim() || parsed(html).querySelector(".sorry"))) tell(`Not done. ${reason(html)}`);
    else { show(html); return true; }
    return false;
  };
  addEventListener("submit", (e) => {
    const form = e.target;
    if (e.defaultPrevented || form.hasAttribute("hx-post") || form.target || form.method === "dialog") return;
    if (form.dataset.sure) return;
    e.preventDefault();
    if (form.method === "get") { const url = new URL(form.action); url.search = new URLSearchParams(new FormData(form, e.submitter)); go(url.href); return; }
    if (form.dataset.sent) return;
    form.dataset.sent = "1";
    patient(press(form, e.submitter)).then((left) => { if (!left) delete form.dataset.sent; });
  });
  desk.go = go;
})();
