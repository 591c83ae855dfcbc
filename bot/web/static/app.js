// Earshot in the browser. Everything here makes a page that already works quicker; nothing here is needed.
// The server renders; htmx swaps fragments; this file moves focus, counts down, and says what happened.
// Pages may listen to `earshot:key` (a pressed letter no button took) and call earshot.say(words).
(() => {
  "use strict";
  const $ = (q, r = document) => r.querySelector(q), $$ = (q, r = document) => [...r.querySelectorAll(q)];
  const root = document.documentElement;
  const keep = (name, value) => { try { if (value) localStorage.setItem(name, value); else localStorage.removeItem(name); } catch { /* storage is off */ } };
  const kept = (name) => { try { return localStorage.getItem(name); } catch { return null; } };
  const PATIENCE = 8000;   // ms: who has not answered a question by then counts as gone
  const say = (words) => { const s = $("#say"); if (s) { s.textContent = ""; requestAnimationFrame(() => { s.textContent = words; }); } };

  // --- what went wrong, in sight and read out; what passes by itself (no connection) goes with the next thing that works ---
  const untell = (all) => { const line = $("#adrift"); if (line && (all || line.dataset.passing)) line.remove(); };
  const tell = (words, passing, href) => {
    const there = $("#adrift");
    if (there && there.dataset.words === words) return;
    untell(true);
    const line = document.createElement("div"), said = document.createElement("p"), close = document.createElement("button");
    line.id = "adrift"; line.className = "adrift"; line.dataset.words = words; line.setAttribute("role", "alert"); if (passing) line.dataset.passing = "yes";
    said.textContent = words; close.type = "button"; close.className = "btn"; close.textContent = "Close"; close.addEventListener("click", () => untell(true));
    line.append(said);
    if (href) { const a = document.createElement("a"); a.className = "btn"; a.href = href; a.target = "_blank"; a.rel = "noopener"; a.textContent = "Sign in, in another tab"; line.append(a); }
    line.append(close); document.body.append(line);
  };
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  const reason = (html) => {   // what an answer that is no page of ours says: an error's page, or a sentence
    if (!/^\s*</.test(html)) return html.trim();
    const page = parsed(html), lead = $(".sorry .lead, .wrong span", page), title = $(".sorry h1", page);
    return [title && `${title.textContent}.`, lead && lead.textContent.trim()].filter(Boolean).join(" ") || "Something broke. Load the page again.";
  };
  addEventListener("offline", () => tell("No connection. What you read may be old by now; what you write stays here.", true));
  addEventListener("online", () => untell());
  document.addEventListener("htmx:sendError", () => tell("No connection: this part did not load. Try again.", true));
  document.addEventListener("htmx:responseError", (e) => tell(reason(e.detail.xhr.responseText)));

  // --- is Earshot there, and does it still know who asks? Said where not, with what stays as it is for that ---
  // Who signed in again in another tab gets the token of that log-in; somebody else's words do not go out under another name.
  const person = (page) => { const me = $('meta[name="me"]', page); return me ? me.content : ""; };
  const sure = async (stays = "nothing was sent") => {
    const me = person(document), gone = `No connection to Earshot, so ${stays}. What you wrote is still here: try again.`;
    let answer, words = "";
    try { answer = await fetch(me ? "/me" : "/healthz", { credentials: "same-origin", cache: "no-store", redirect: "manual", headers: { "HX-Request": "true" }, signal: AbortSignal.timeout(PATIENCE) }); words = await answer.text(); } catch { tell(gone, true); return false; }
    if (answer.status === 401) { signedOut(stays); return false; }
    if (answer.status === 502 || answer.status === 504) { tell(gone, true); return false; }
    if (me && answer.status >= 400) { tell(`${reason(words)} This page stays as it is; what you wrote is still here.`, true); return false; }
    const page = me && answer.ok ? parsed(words) : null, token = page && $('meta[name="csrf"]', page);
    if (!token) return true;   // no page to compare with: the server decides
    if (person(page) !== me) { tell(`Somebody else is signed in here now, so ${stays}. Copy what you wrote before you leave this page.`); return false; }
    $('meta[name="csrf"]').content = token.content;
    for (const field of $$('input[name="csrf"]')) field.value = token.content;
    untell();
    return true;
  };
  const signedOut = (stays = "nothing was sent") => tell(`You are signed out, so ${stays}. What you wrote is still here: sign in again, then press once more.`, true, "/login");

  // --- every change carries the page's token ---
  document.addEventListener("htmx:configRequest", (e) => { const t = $('meta[name="csrf"]'); if (t) e.detail.headers["X-CSRF-Token"] = t.content; });

  // --- the customer's clock: rewrites words in place, never moves or resizes anything ---
  const skew = root.dataset.now ? Date.parse(root.dataset.now) - Date.now() : 0;   // the machine's clock may be wrong; the server's counts
  const now = () => Date.now() + skew;
  const span = (m) => { const h = Math.floor(m / 60); return h >= 17520 ? `${Math.floor(h / 8760)} years` : h >= 48 ? `${Math.floor(h / 24)} days` : !h ? `${m} min` : m % 60 ? `${h} h ${m % 60} min` : `${h} h`; };   // as bot/web/words.py
  const words = (ms) => { const m = Math.max(1, Math.ceil(Math.abs(ms) / 6e4)); return ms > 0 ? (m <= 1 ? "under 1 min" : `${span(m)} left`) : `${span(m)} late`; };
  let held = false;
  const tick = () => {
    if (held) return;
    for (const t of $$("time[data-due]")) {
      const next = words(Date.parse(t.dataset.due) - now());
      if (t.textContent !== next) t.textContent = next;
    }
    for (const c of $$("[data-until]")) {
      const left = Math.max(0, Math.ceil((Date.parse(c.dataset.until) - now()) / 1000)), next = `${left} s`;
      if (c.textContent !== next) c.textContent = next;
      if (left === 0 && !c.dataset.over) { c.dataset.over = "1"; c.dispatchEvent(new CustomEvent("earshot:over", { bubbles: true })); }
    }
  };
  setInterval(tick, 1000);
  document.addEventListener("htmx:afterSettle", tick);

  // --- hold live updates (WCAG 2.2.2): clocks and lists stand still until resumed ---
  const hold = () => {
    const b = $("#hold"); if (!b) return;
    held = !held; root.dataset.held = held ? "yes" : "no";
    b.setAttribute("aria-pressed", held); b.setAttribute("aria-label", held ? "Resume live updates" : "Hold live updates");
    say(held ? "Live updates held" : "Live updates resumed"); tick();
  };

  // --- moving about: j and k move focus, the browser scrolls as little as it must ---
  const links = () => $$(".row-link");
  const step = (by) => {
    const all = links(); if (!all.length) return;
    const at = all.indexOf(document.activeElement), from = at < 0 ? all.findIndex((a) => a.getAttribute("aria-current")) : at;
    const to = all[Math.min(all.length - 1, Math.max(0, from + by))];
    to.focus({ preventScroll: true }); to.closest(".row").scrollIntoView({ block: "nearest" });
  };
  const press = (key) => { const b = $$(`[aria-keyshortcuts="${CSS.escape(key)}"]`).find((e) => e.offsetParent && !e.disabled); if (!b) return false; if (b.matches("input, textarea, select")) b.focus(); else b.click(); return true; };
  // one's own letters: the page goes on in the delivered ones; what is shown is what is pressed
  const mine = ($('meta[name="keys"]') || { content: "" }).content.split(" ").filter(Boolean).map((pair) => [...pair]);
  const meant = (key) => { const own = mine.find(([, to]) => to === key.toLowerCase()); return own ? own[0] : mine.some(([from]) => from === key) ? "" : key; };
  const letters = () => { if (mine.length) for (const k of $$("kbd:not(.gkey):not([data-own])")) { const own = mine.find(([from]) => from === k.textContent); k.dataset.own = k.textContent; if (own) k.textContent = own[1]; } };
  letters(); new MutationObserver(letters).observe(document.body, { childList: true, subtree: true });
  const keysOn = () => kept("keys") !== "off";
  const typing = (e) => e.target.closest && e.target.closest("input:not([type=checkbox]):not([type=radio]), textarea, select, [contenteditable]");
  let waiting = 0;
  document.addEventListener("keydown", (e) => {
    const form = e.target.closest && e.target.closest("form");
    if (e.key === "Enter" && (e.ctrlKey || e.metaKey) && form && typing(e)) { const fold = e.target.closest("details"); e.preventDefault(); form.requestSubmit(fold && form.contains(fold) ? $("button[type=submit]", fold) : null); return; }
    if (e.key === "Escape" && typing(e) && !$("dialog[open]")) { e.target.blur(); const c = $('.row-link[aria-current]') || $('.read-body') || $("#main"); if (c) c.focus({ preventScroll: true }); return; }
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || typing(e) || $("dialog[open]") || !keysOn()) return;
    if (waiting) {
      clearTimeout(waiting); waiting = 0; root.classList.remove("g-pending");
      const to = $(`[data-go="${CSS.escape(e.key)}"]`); if (to) { e.preventDefault(); to.click(); } return;
    }
    const key = e.key.length === 1 ? meant(e.key) : e.key;
    switch (key) {
      case "j": if (links().length) step(1); else press("j"); break;
      case "k": if (links().length) step(-1); else press("k"); break;
      case "g": root.classList.add("g-pending"); waiting = setTimeout(() => { waiting = 0; root.classList.remove("g-pending"); }, 1500); break;
      case "?": open("keys"); break;
      case "/": { const s = $("input[type=search]"), to = $('[data-go="/"]'); if (s) s.focus(); else if (to) to.click(); break; }
      case "h": hold(); break;
      default:
        if (key.length !== 1 || key === " ") return;
        if (press(key)) break;
        if (document.dispatchEvent(new CustomEvent("earshot:key", { detail: key, cancelable: true }))) return;
    }
    e.preventDefault();
  });

  // --- buttons ---
  const open = (id) => { const d = document.getElementById(id); if (d && d.showModal) d.showModal(); };
  document.addEventListener("click", (e) => {
    const b = e.target.closest && e.target.closest("button, [role=button]"); if (!b) return;
    if (b.dataset.dialog) open(b.dataset.dialog);
    if (b.id === "hold") hold();
    if ("themeSet" in b.dataset) { keep("theme", b.dataset.themeSet); if (b.dataset.themeSet) root.dataset.theme = b.dataset.themeSet; else delete root.dataset.theme; }
    if (b.dataset.copy) { const from = document.getElementById(b.dataset.copy); if (from) navigator.clipboard.writeText(from.value || from.textContent).then(() => say("Copied")); }
  });
  const on = $("#keys-on");
  if (on) { on.checked = keysOn(); on.addEventListener("change", () => keep("keys", on.checked ? "" : "off")); }

  window.earshot = Object.freeze({ PATIENCE, say, tell, untell, parsed, reason, sure, signedOut, now, tick, step, press, meant, isHeld: () => held, desk: {} });
  tick();
})();
