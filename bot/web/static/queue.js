// The queue and the case in the browser. The pages work without this file; it makes them quick and keeps them still.
// Three rules: order never changes by itself, the answer box is never swapped, nothing is shown that the server did not say.
(() => {
  "use strict";
  const $ = (q, r = document) => r.querySelector(q), $$ = (q, r = document) => [...r.querySelectorAll(q)];
  const main = $("main[data-live]");
  if (!main) return;
  const { PATIENCE, say, tell, untell, reason, sure, signedOut, isHeld, desk } = window.earshot;   // desk: what this file and answer.js, which comes first, have of each other
  const onCase = main.classList.contains("case");
  const shown = () => ($("#read") || main).dataset.case || "";
  const paneVisible = () => { const r = $("#read"); return !!(r && r.offsetParent); };

  // --- asking the server: the token, a fragment, the way to the log-in page ---
  const ask = async (url, fields, more = {}, once = false) => {
    const headers = { "HX-Request": "true", "HX-Current-URL": location.href, "X-CSRF-Token": $('meta[name="csrf"]').content };
    const how = fields ? { method: "POST", body: new URLSearchParams(fields), headers, ...more } : { headers, ...more };
    const late = AbortSignal.timeout(fields ? 4 * PATIENCE : PATIENCE);   // a server that hangs takes every question and answers none
    const signal = !more.signal ? late : AbortSignal.any ? AbortSignal.any([more.signal, late]) : more.signal;
    const answer = await fetch(url, { credentials: "same-origin", redirect: "follow", ...how, signal });
    if (answer.status === 401) { if (desk.unsaved()) signedOut(); else location.href = "/login"; throw new Error("signed out"); }
    if (answer.status === 403 && fields && !once) { if (await sure()) return ask(url, fields, more, true); throw new Error("signed out"); }   // signed in anew meanwhile?
    untell();
    return answer;
  };
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  const unless = (error, words, seen) => { if (error.name === "AbortError" || error.message === "signed out") return; stale(); if (seen) tell(words, true); else say(words); };

  // --- places: the only parts that change by themselves ---
  const PLACES = ["waiting", "views", "outside", "presence", "clock-left", "dock-clock", "clock-bar", "lease", "newmsg", "status"];
  const put = (id, from) => {
    const old = document.getElementById(id), next = from.querySelector(`#${id}`);
    if (!old || !next || old.outerHTML === next.outerHTML || old.contains(document.activeElement)) return;
    old.replaceWith(document.adoptNode(next));
  };
  const putOutbox = (from) => {
    const old = $("#outbox"), next = from.querySelector("#outbox");
    if (!old || !next) return;
    const kept = old.contains(document.activeElement) && $("#undo", next);
    if (kept || old.textContent === next.textContent && $("#undo", old) && $("#undo", next)) return;
    const had = old.contains(document.activeElement);
    old.replaceWith(document.adoptNode(next));
    if (had) home();
  };
  const putRow = (live) => {
    const row = document.getElementById(live.dataset.row);
    if (!row) return;
    const size = [...row.classList].find((name) => name.startsWith("size-"));   // a row never grows under the eye
    const names = live.dataset.class.split(" ").filter((name) => !name.startsWith("size-"));
    const picked = row.classList.contains("is-picked") ? ["is-picked"] : [];
    const next = [...names, size, ...picked].join(" ");
    if (row.className !== next) row.className = next;
    for (const part of [...live.children]) put(part.id, live);
  };
  let fresh = 0;
  const putFresh = (from) => {
    const place = $("#fresh"), next = from.querySelector("#fresh");
    if (!place || !next) return;
    const number = +next.dataset.fresh;
    place.hidden = !number;
    place.firstChild.textContent = `${number} new `;
    if (number > fresh) say(`${number} new`);
    fresh = number;
  };
  const putBadges = (from) => {
    for (const next of $$("[data-badge]", from)) {
      for (const old of $$(`nav [data-badge="${next.dataset.badge}"]`))
        if (old.innerHTML !== next.innerHTML) old.replaceChildren(...next.cloneNode(true).childNodes);
    }
  };
  const putClock = (from) => {
    const clock = $("#clock"), next = from.querySelector("#clock");
    if (!clock || !next || !next.dataset.class || clock.className === next.dataset.class) return;
    if ($("#letter") && next.dataset.class.endsWith("is-soon")) say("Your case is at risk");
    clock.className = next.dataset.class;
  };

  // --- live: a nudge by stream, a look every ten seconds without it ---
  let last = Date.now(), asking = false, again = false, reached = "", was = "", of = "";
  const clockWords = () => new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  const stale = () => { const s = $("#status"); if (s && !s.dataset.stale) { s.dataset.stale = "yes"; s.textContent = `Last update ${reached || clockWords()}. No connection; clocks run on, acting waits.`; } };
  const live = async () => {
    if (isHeld()) return;
    if (asking) { again = true; return; }
    asking = true; last = Date.now();
    const about = new URLSearchParams({ view: main.dataset.view || "everyone" });
    about.set("ids", $$(".row[data-case]").map((row) => row.dataset.case).join(","));
    const title = $(".list-title");
    if (title && title.dataset.newest) about.set("newest", title.dataset.newest);
    if (title && title.dataset.q) about.set("q", title.dataset.q);   // the filter: counts and what is new are of what fits it
    if (shown()) { about.set("case", shown()); const seen = $("#seen"); if (seen) about.set("seen", seen.value); const asked = $("#question"); if (asked && asked.dataset.state) about.set("asked", asked.dataset.state); }
    const s = $("#status"), now = about.toString();
    if (now === of && !(s && s.dataset.stale)) about.set("was", was);   // the same places: only news is worth an answer
    try {
      const answer = await ask(`${main.dataset.live}?${about}`);
      if (!answer.ok) throw new Error(answer.status);
      was = answer.headers.get("x-stamp") || was; of = now;
      desk.keepDraft();   // what could not be kept while nobody answered
      if (answer.status === 204) { reached = clockWords(); return; }
      const from = parsed(await answer.text());
      if (isHeld()) return;
      reached = clockWords();
      for (const row of $$("[data-row]", from)) putRow(row);
      for (const id of PLACES) put(id, from);
      putOutbox(from); putFresh(from); putBadges(from); putClock(from); desk.sendWords(); entitle();
      await filled();
      if (from.getElementById("decided")) await decided(); else if (moved(from)) await freshen("details.menu[open]", true);
    } catch (error) { unless(error, "No connection. What you write is kept in this tab."); }
    finally { asking = false; if (again) { again = false; setTimeout(live, 800); } }
  };
  const total = () => { const number = $("#views [aria-current] b"); return number ? number.textContent : ""; };
  let known = total();
  const filled = async () => {   // in a list with no row nothing can move under the eye: who comes is shown at once
    const was = known;
    known = total();
    if (!$("#list") || !known || known === was || $(".row[data-case]")) return;
    await relist();
    const first = $(".row[data-case]");
    if (first && !shown()) preview(first.dataset.case);
  };
  const decided = async () => {   // what one waits for moved on: a second person, a lead, the platform
    if ($("details.menu[open], #question details[open]")) return;
    if (!await freshen("details.menu[open], #question details[open]")) return;   // opened meanwhile: asked again later
    const told = $("#question .told") || $("#outbox p");
    if (told) say(told.textContent.trim());
  };
  const moved = (from) => {   // somebody claimed, resolved, snoozed or gave back what is shown: other things can be done with it
    const now = from.getElementById("stands"), tools = $("#tools");
    return now && tools && tools.dataset.mark !== now.dataset.mark;
  };
  const freshen = async (unless = "#none", ifMoved = false) => {   // the case that is shown, as it is now
    const id = shown(), answer = await ask(`/cases/${id}/pane?from=${onCase ? "case" : "queue"}`);
    if (!answer.ok || shown() !== id || $(unless)) return false;
    const from = parsed(await answer.text()), tools = $("#tools", from);
    if (ifMoved && tools && $("#tools") && tools.dataset.mark === $("#tools").dataset.mark) return false;   // one's own press, told above the case by now
    patchPane(from, true);
    return true;
  };
  const nudge = () => { const wait = 300 - (Date.now() - last); if (wait > 0) setTimeout(() => { if (Date.now() - last >= 300) live(); }, wait); else live(); };
  // A browser keeps six connections to a place: a seventh open page would get none while the six that nobody looks at held theirs.
  let stream = null;
  const part = () => { if (stream) stream.close(); stream = null; };
  const join = () => {
    if (document.hidden) part();
    else if (!stream && window.EventSource) { stream = new EventSource("/live"); stream.addEventListener("status", nudge); }
  };
  join();
  document.addEventListener("visibilitychange", () => { join(); if (!document.hidden) nudge(); });
  setInterval(() => { if (Date.now() - last > 9000) live(); }, 2500);
  document.addEventListener("earshot:over", () => setTimeout(live, 500));
  const entitle = () => {
    const due = onCase ? $("#clock-left time") : $(".row:not(.is-done) time[data-due]"), tail = " – Earshot";
    if (onCase && due) document.title = `${due.textContent}: ${$("#read-h").textContent}${tail}`;
    else if (!onCase && $("#waiting")) document.title = `${$("#waiting").textContent}${due && !due.textContent.endsWith("late") ? `, next: ${due.textContent}` : ""}${tail}`;
  };
  setInterval(() => { if (!isHeld()) entitle(); }, 15000);

  // --- the list, anew: only when asked for, or when a case is finished ---
  const relist = async () => {
    const list = $("#list");
    if (!list) return;
    const url = new URL(location.href);
    if (shown()) url.searchParams.set("at", shown());
    const answer = await ask(url.pathname + url.search);
    if (!answer.ok) return;
    const top = $(".list-body", list).scrollTop, inside = list.contains(document.activeElement) && document.activeElement.closest(".row");
    const at = inside ? inside.id : "", chosen = picked().map((row) => row.id);
    list.replaceChildren(...parsed(await answer.text()).body.childNodes);
    window.htmx.process(list);
    $(".list-body", list).scrollTop = top;
    fresh = 0;
    choose(shown());
    for (const id of chosen) { const row = document.getElementById(id); if (row) row.classList.add("is-picked"); }
    bulkWords();
    if (at) (($(`#${at} .row-link`)) || $(".list-body")).focus({ preventScroll: true });
    entitle();
  };
  const choose = (id) => { for (const link of $$(".row-link")) { if (link.closest(".row").dataset.case === id) link.setAttribute("aria-current", "true"); else link.removeAttribute("aria-current"); } };
  const home = () => { const to = $('.row-link[aria-current]') || $("#read-body") || main; to.focus({ preventScroll: true }); };

  // --- the reading pane: resting on a row for 150 ms shows its case ---
  let resting = 0, loading = null;
  const preview = async (id) => {
    if (!id || id === shown() || !paneVisible()) return;
    if (loading) loading.abort();
    loading = new AbortController();
    const mine = loading;
    mine.of = id;
    try {
      await desk.keepDraft();
      const answer = await ask(`/cases/${id}/pane?from=queue`, null, { signal: mine.signal });
      if (mine !== loading) return;
      if (!answer.ok) { tell(`This case did not load. ${reason(await answer.text())}`); return; }
      swapPane(parsed(await answer.text()));
      choose(id);
      atCase(id);
      desk.arrived(true);
    } catch (error) { unless(error, "No connection: this case did not load. Try again.", true); }
    finally { if (mine === loading) { loading = null; desk.arrived(false); } }
  };
  // The case of the row one went to, while another one is still shown.
  const coming = () => { const row = document.activeElement.matches(".row-link") && paneVisible() && document.activeElement.closest(".row"); return row && row.dataset.case !== shown() ? row.dataset.case : ""; };
  const hurry = (id) => { clearTimeout(resting); if (!loading || loading.of !== id) preview(id); };
  const atCase = (id) => {   // the address names the case that is shown
    const to = new URL(location.href);
    to.searchParams.delete("said");
    if (onCase) to.pathname = `/cases/${id}`; else to.searchParams.set("at", id);
    history.replaceState(null, "", to.pathname + to.search);
  };
  const swapPane = (from) => {
    for (const id of ["read", "about"]) { const next = from.getElementById(id); if (next && document.getElementById(id)) document.getElementById(id).replaceWith(document.adoptNode(next)); }
    putOutbox(from); settle();
  };
  // A menu that was opened while an answer was on its way stays open, with what was typed into it.
  const FIELDS = "textarea, select, input:not([type=hidden])";
  const heldMenu = () => {
    const menu = $("#read-head details.menu[open], #about details.menu[open]"), key = menu && $("summary", menu).getAttribute("aria-keyshortcuts");
    if (!key) return () => {};
    const values = $$(FIELDS, menu).map((field) => [field.value, field.checked]), at = $$(FIELDS, menu).indexOf(document.activeElement), caret = at >= 0 && document.activeElement.selectionStart;
    return () => {
      const summary = $(`summary[aria-keyshortcuts="${CSS.escape(key)}"]`), next = summary && summary.closest("details.menu");
      if (!next || next === menu) return;
      const fields = $$(FIELDS, next);
      next.open = true; fields.forEach((field, number) => { if (number in values) [field.value, field.checked] = values[number]; });
      if (!fields[at]) return;
      fields[at].focus(); if (fields[at].matches("textarea, input[type=text]")) fields[at].setSelectionRange(caret, caret);
    };
  };
  // The same case after an act: everything but the box one may be writing in.
  const patchPane = (from, unasked = false) => {   // unasked: a box with words in it stays, whoever has the case by now
    const reopen = heldMenu();
    const focused = document.activeElement, key = focused && (focused.getAttribute("aria-keyshortcuts") || ""), id = focused && focused.id;
    const old = $("#composer"), next = from.getElementById("composer");
    const stays = unasked && old && old.dataset.mode === "write" && $("#reply") && $("#reply").value !== "" && next && next.dataset.mode !== "write";
    const keep = old && next && old.dataset.mode === "write" && next.dataset.mode === "write" && $("#letter").dataset.kind === $("#letter", from).dataset.kind && $("#reply").value !== "";
    for (const part of ["read-head", "question", "about"]) { const there = document.getElementById(part), made = from.getElementById(part); if (there && made) there.replaceWith(document.adoptNode(made)); }
    const body = $("#read-body"), made = from.getElementById("thread");
    if (body && made) { const top = body.scrollTop; $("#thread").replaceWith(document.adoptNode(made)); body.scrollTop = top; }
    if (keep) {
      for (const part of ["ways", "newmsg"]) put(part, from);
      if ($("#breaches .breach", from)) desk.putBreaches(from); else desk.check();   // what was typed is not what was kept
      for (const part of ["draft-version", "seen"]) document.getElementById(part).value = from.getElementById(part).value;
    } else if (old && next && !stays) old.replaceWith(document.adoptNode(next));
    for (const part of ["dock-clock"]) put(part, from);
    putOutbox(from); settle();
    if (focused && !focused.isConnected) (id && document.getElementById(id) || key && $(`[aria-keyshortcuts="${CSS.escape(key)}"]`) || $('.row-link[aria-current]') || $("#read-body") || main).focus({ preventScroll: true });
    reopen();
  };
  const settle = () => { desk.settled(); askWays(); window.earshot.tick(); };

  // --- can it be answered here? The platform is asked behind the page, once a case that is being written to ---
  const asked = new Map();
  const askWays = async () => {
    const id = shown(), letter = $("#letter");
    if (!id || !letter || Date.now() - (asked.get(id) || 0) < 60000) return;
    asked.set(id, Date.now());
    try {
      const answer = await ask(`/cases/${id}/ways?from=${onCase ? "case" : "queue"}`);
      if (!answer.ok || shown() !== id) return;
      const from = parsed(await answer.text()), next = from.getElementById("composer"), box = $("#letter", from);
      if (box && box.dataset.kind === letter.dataset.kind) { put("ways", from); return; }
      const text = $("#reply") ? $("#reply").value : "";
      if (text && !$("#reply", from)) put("ways", from);   // taken over or closed meanwhile: the words stay
      else $("#composer").replaceWith(document.adoptNode(next));
      if ($("#reply") && text) $("#reply").value = text;
      desk.settled(); say($("#ways .can-line").textContent.trim());
    } catch (error) { unless(error, "Could not ask how this can be answered."); }
  };

  // --- acts: the same forms, sent quietly ---
  const UNKNOWN = "No answer came: it may be done, or not. What you wrote is still here; look before you press again.";
  const FINISHES = /\/(resolve|snooze|not-us|not-complaint|answer|put-back|reopen|undo|untake|said-elsewhere|agree|refuse|decide|merge|part)$/;
  const act = async (form, button) => {
    if (form.dataset.busy) return null;
    form.dataset.busy = "yes";
    const fields = new FormData(form, button && button.form === form ? button : undefined);
    fields.set("from", onCase ? "case" : "queue");
    try {
      const path = new URL(button && button.form === form && button.hasAttribute("formaction") ? button.formAction : form.action).pathname, answer = await ask(path, fields), html = await answer.text(), from = parsed(html);
      const onward = answer.ok && answer.headers.get("earshot-next");
      if (onward) { location.href = onward; return null; }   // chosen under You: after an answer the next case opens
      if (!from.getElementById("read")) { tell(`Not done. ${reason(html)}`); return answer.status; }
      untell(true);
      const own = form.closest("details.menu");
      if (answer.ok && own) own.open = false;   // it is done; what is refused stays open with its words
      const other = from.getElementById("read").dataset.case !== shown();
      if (other && shown() && path.startsWith("/replies/")) putOutbox(from); else if (other) { clearTimeout(resting); swapPane(from); choose(shown()); atCase(shown()); if (document.activeElement.matches(".row-link")) home(); } else patchPane(from);
      const told = $("#read-head .told.good, #read-head .told.warn");
      if (told) say(told.textContent.trim());
      if (answer.ok && (FINISHES.test(path) || form.hasAttribute("data-finishes"))) await relist(); else nudge();
      if (document.activeElement === document.body) home();
      const choice = $("#read-head .told:has(form:not([action$='/put-back']))");
      if (answer.status === 409 && choice) { choice.tabIndex = -1; choice.focus(); }
      if (answer.ok && path.endsWith("/take-back")) desk.write();
      return answer.status;
    } catch (error) { unless(error, error.name === "TimeoutError" ? UNKNOWN : "Not done: no connection. What you wrote is still here; try again.", true); return null; }
    finally { delete form.dataset.busy; }
  };
  document.addEventListener("submit", (e) => {   // what has to do with the answer box is answer.js's
    if (e.defaultPrevented || !e.target.hasAttribute("data-act")) return;
    e.preventDefault();
    if (e.target.id !== "take-next") { act(e.target, e.submitter); return; }
    desk.awaits();   // letters meant for the case that comes wait for it
    act(e.target, e.submitter).then((status) => desk.arrived(status === 200));
  }, true);

  // --- who is here: said every ten seconds, while the page is looked at ---
  const here = () => { const id = shown(); if (id && !document.hidden && (onCase || paneVisible())) ask(`/cases/${id}/here`, { writing: Date.now() - desk.typedAt() < 12000 && $("#letter") ? "yes" : "no", fence: $("#letter") ? $("#letter").dataset.fence : 0 }).catch(() => stale()); };
  setTimeout(here, 2000); setInterval(here, 10000);
  addEventListener("pagehide", () => { desk.keepDraft(); part(); });

  // --- keys and pointers ---
  document.addEventListener("focusin", (e) => {
    if (!e.target.matches || !e.target.matches(".row-link")) return;
    clearTimeout(resting); desk.elsewhere();
    const id = e.target.closest(".row").dataset.case;
    if (id !== shown()) resting = setTimeout(() => preview(id), 150);   // the one that is shown needs no look, now or later
  });
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a, summary, button");
    const row = e.target.closest(".row");
    if (row && e.detail === 1 && !e.ctrlKey && !e.metaKey && !e.shiftKey && paneVisible() && (!link || link.matches(".row-link"))) { e.preventDefault(); const to = $(".row-link", row); to.focus({ preventScroll: true }); return; }
    if (!link) return;
    if (link.id === "fresh") { e.preventDefault(); relist().then(() => say("The list is up to date.")); }
  });
  document.addEventListener("dblclick", (e) => { const row = e.target.closest(".row"); if (row) desk.go($(".row-link", row).href); });
  document.addEventListener("toggle", (e) => {
    const menu = e.target;
    if (!menu.matches || !menu.matches("details.menu") || !menu.open) return;
    for (const other of $$("details.menu[open]")) if (other !== menu) other.open = false;
    into(menu);
  }, true);
  document.addEventListener("htmx:afterSwap", (e) => { const menu = e.target.closest("details.menu[open]"); if (menu) into(menu); });   // what it holds came after it was opened
  const into = (menu) => {
    const first = $(".menu-body textarea, .menu-body select, .menu-body input:not([type=hidden]), .menu-body button", menu);
    if (first && !first.closest(".menu-body").contains(document.activeElement)) { first.focus(); desk.pourInto(first); }
  };
  document.addEventListener("keydown", (e) => {
    if (e.key !== "Escape" || $("dialog[open]")) return;
    const menu = $("details.menu[open]");
    if (menu) { menu.open = false; $("summary", menu).focus(); return; }
    if (picked().length) { unpick(); return; }
    if (!e.target.closest("input, textarea, select") && onCase) { desk.keepDraft(); desk.go($("[data-back]").href); }
  });
  document.addEventListener("pointerdown", (e) => { for (const menu of $$("details.menu[open]")) if (!menu.contains(e.target)) menu.open = false; });

  // --- several at once: x chooses; there is no bulk reply ---
  const picked = () => $$(".row.is-picked");
  const unpick = () => { for (const row of picked()) row.classList.remove("is-picked"); bulkWords(); };
  const bulkWords = () => { const bar = $("#bulk"), n = picked().length; if (bar) { bar.hidden = !n; $("b", bar).textContent = `${n} chosen`; } };
  document.addEventListener("earshot:key", (e) => {
    if (e.detail !== "x" || !$("#bulk")) return;
    const link = document.activeElement.matches(".row-link") ? document.activeElement : $('.row-link[aria-current]');
    if (!link) return;
    link.closest(".row").classList.toggle("is-picked"); bulkWords(); say(`${picked().length} chosen`); e.preventDefault();
  });
  document.addEventListener("click", async (e) => {
    const button = e.target.closest("[data-bulk]");
    if (!button) return;
    const what = button.dataset.bulk, rows = picked();
    if (what === "clear") { unpick(); return; }
    if (what === "all") { for (const row of $$(".row[data-case]").slice(0, 200)) row.classList.add("is-picked"); bulkWords(); say(`${picked().length} chosen`); return; }
    const fields = { what, ids: rows.map((row) => row.dataset.case).join(","), tag: $("#bulk-tag").value.trim(), to: $("#bulk-to").value, until: $("#bulk-until").value };
    if (what === "tag" && !fields.tag) { $("#bulk-tag").focus(); return; }
    unpick(); await bulk(fields);
  });
  const bulk = async (fields) => {
    try {
      const from = parsed(await (await ask("/bulk", fields)).text()), told = from.querySelector("#bulk-told");
      await relist();
      if (fields.ids.split(",").includes(shown())) await freshen();
      if (told && $("#bulk-told")) { $("#bulk-told").replaceWith(document.adoptNode(told)); say($("#bulk-told span").textContent.trim()); }
    } catch (error) { unless(error, error.name === "TimeoutError" ? UNKNOWN : "Not done: no connection. Try again.", true); }
  };
  document.addEventListener("submit", (e) => { if (e.target.hasAttribute("data-bulk-undo")) { e.preventDefault(); bulk(Object.fromEntries(new FormData(e.target))); } }, true);
  Object.assign(desk, { ask, parsed, unless, stale, nudge, shown, coming, hurry, onCase, act, patchPane, home });
  settle(); choose(shown()); entitle();
})();
