// The answer box: its words are checked and kept while they are written, and sent as they stand.
// queue.js, which is loaded after this, shows the case around it; `desk` is what the two have of each other.
(() => {
  "use strict";
  const $ = (q, r = document) => r.querySelector(q), $$ = (q, r = document) => [...r.querySelectorAll(q)];
  if (!$("main[data-live]")) return;
  const { say, reason, meant, desk } = window.earshot;

  // --- letters pressed before their box is there ---
  // They wait for the case of the row one went to, and for the box one opened: a letter that was meant as a word presses
  // nothing. Words of an answer that found no box, because somebody else has the case, wait in sight for one.
  const WRITES = "rwtm", LET_BE = "jkgfhux/? ", PAUSE_MS = 700;
  const unsaid = new Map();
  let early = "", caught = null, rest = 0, next = false;   // next: the case one takes is on its way
  const isField = (place) => !!place && place.matches("textarea, input:not([type=checkbox]):not([type=radio])");
  const pour = (box, words) => {
    if (!words) return;
    box.setRangeText(words, box.value.length, box.value.length, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const letGo = () => { clearTimeout(rest); const words = caught ? caught.words : ""; caught = null; return words; };
  const noBox = () => {   // whoever types on is let finish, so that no letter of it is pressed
    caught.over = true; clearTimeout(rest);
    rest = setTimeout(() => {
      const { id, answers } = caught, words = letGo();
      if (!words.trim()) return;
      if (!answers) { say("There is nothing to write in here. What you typed is gone."); return; }
      unsaid.set(id, (unsaid.get(id) || "") + words); showUnsaid();
      say("Your words are kept; they go into the box once the case is yours.");
    }, PAUSE_MS);
  };
  const showUnsaid = () => {
    const words = unsaid.get(desk.shown()), old = $("#unsaid"), box = $("#reply"), composer = $("#composer");
    if (old) old.remove();
    if (!words || !composer) return;
    if (box) { unsaid.delete(desk.shown()); pour(box, box.value.trim() ? `\n\n${words}` : words); return; }
    const line = document.createElement("p");
    line.id = "unsaid"; line.className = "handed"; line.textContent = `Kept in this tab until there is a box for them: “${words}”`;
    composer.append(line);
  };
  document.addEventListener("keydown", (e) => {
    if (e.ctrlKey || e.metaKey || e.altKey || e.isComposing || e.target.closest?.("input, textarea, select") || $("dialog[open]")) return;
    if (caught && caught.over && !caught.words && meant(e.key) === "c") letGo();   // "r" did not help: take it over
    const letter = e.key.length === 1, id = !caught && letter && (next ? "next" : desk.coming()), key = id && meant(e.key);
    if (caught && (letter || e.key === "Enter")) caught.words += letter ? e.key : "\n";
    else if (caught && e.key === "Backspace") caught.words = caught.words.slice(0, -1);
    else if (id && !LET_BE.includes(key) && !document.documentElement.classList.contains("g-pending")) {
      early = e.key;
      if (WRITES.includes(key)) caught = { id, words: "", answers: key === "r" };
      if (!next) desk.hurry(id);
    } else return;
    if (caught && caught.over) noBox();
    e.preventDefault(); e.stopImmediatePropagation();
  }, true);
  const arrived = (there) => {   // the case they were meant for is shown now, or will not be
    const key = early, held = caught;
    early = ""; next = false;
    if (!key) return;
    if (held) held.id = held.id === "next" ? desk.shown() : held.id;
    if (!there) { if (held) noBox(); return; }
    caught = null;
    document.activeElement.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true }));
    if (!held) return;
    if (caught) caught.words = held.words;   // its box is being opened
    else if (isField(document.activeElement)) pour(document.activeElement, held.words);
    else { caught = held; noBox(); }   // a menu that opens now takes them
  };
  const awaits = () => { next = true; };
  const elsewhere = () => { if (next) return; early = ""; if (caught && caught.id !== desk.shown()) noBox(); };
  const pourInto = (field) => { if (caught && !caught.answers && isField(field)) pour(field, letGo()); };

  // --- the box ---
  let dirty = false, checkSoon = 0, checkedAt = 0, checkTook = 0, keepSoon = 0, typedAt = 0, saving = Promise.resolve(), keeping = 0;
  const fieldsOf = (letter) => ({ text: $("#reply", letter).value, visibility: $('[name="visibility"]', letter) && $('[name="visibility"]', letter).checked ? "private" : "public" });
  const mirror = () => {   // the words under the box, with what breaks a boundary marked; spans count code points
    const box = $("#reply"), glass = $("#mirror"), marks = $("#breaches");
    if (!box || !glass) return;
    const signs = [...box.value], cuts = ((marks && marks.dataset.spans) || "").split(";").filter(Boolean).map((m) => m.split(",")).map(([a, b, kind]) => [+a, +b, kind]).sort((a, b) => a[0] - b[0]);
    const parts = []; let at = 0;
    for (const [a, b, kind] of cuts) { if (a < at || b > signs.length) continue; parts.push(signs.slice(at, a).join("")); const s = document.createElement("span"); s.className = kind === "stop" ? "stop" : "mind"; s.textContent = signs.slice(a, b).join(""); parts.push(s); at = b; }
    parts.push(`${signs.slice(at).join("")}\n`);
    glass.replaceChildren(...parts);
  };
  const putBreaches = (from) => {
    const next = from.querySelector("#breaches"), old = $("#breaches");
    if (!next || !old) return;
    if (old.outerHTML !== next.outerHTML) {   // the same again is left alone: a finger may be on it
      const chosen = new Set($$("input:checked", old).map((box) => box.name + box.value));
      const at = old.contains(document.activeElement) ? document.activeElement.textContent : null;
      old.replaceWith(document.adoptNode(next));
      for (const box of $$("input[type=checkbox]", next)) box.checked = chosen.has(box.name + box.value);
      if (at !== null) ($$("button, .breach", next).find((one) => one.textContent === at) || $(".breach.is-stop button", next) || $("#reply")).focus();
    }
    const line = $("#check");
    if (line.textContent !== next.dataset.check) line.textContent = next.dataset.check;
    line.classList.toggle("is-late", next.dataset.stops !== "0");
    mirror();
  };
  const check = async () => {
    const letter = $("#letter");
    if (!letter) return;
    const asked_ = fieldsOf(letter);
    letter.dataset.looked = "yes"; checkedAt = Date.now();
    try {
      const answer = await desk.ask(letter.dataset.check, asked_);
      checkTook = Date.now() - checkedAt;
      if (answer.ok && $("#letter") === letter && fieldsOf(letter).text === asked_.text) putBreaches(desk.parsed(await answer.text()));
    } catch (error) { desk.unless(error, "The boundaries could not be checked; they are checked again at Send."); }
  };
  const notKept = (letter, why) => {   // somebody took the case over, or it went: in sight, above what is written
    const there = $("#not-kept", letter), line = there || document.createElement("p");
    if (!why) { if (there) there.remove(); return; }
    line.id = "not-kept"; line.className = "newmsg"; line.textContent = why;
    if (!there) letter.prepend(line);
  };
  const keepDraft = () => {
    clearTimeout(keepSoon);
    const letter = $("#letter");
    if (!dirty || !letter) return saving.catch(() => undefined);
    dirty = false; keeping += 1;
    const text = fieldsOf(letter);
    saving = saving.catch(() => undefined).then(async () => {
      const answer = await desk.ask(letter.dataset.draft, text, { keepalive: true });
      const told = reason(await answer.text()), v = $("#draft-version", letter);
      if (answer.ok && v) v.value = told;
      notKept(letter, answer.ok ? "" : told);
      if (!answer.ok) { say(told); desk.nudge(); }
    });
    return saving.catch((error) => { dirty = true; desk.unless(error, "Your text is not kept yet: no connection. It stays in this tab.", true); return false; }).finally(() => { keeping -= 1; });
  };
  document.addEventListener("input", (e) => {
    if (!e.target.closest("#letter")) return;
    dirty = true; typedAt = Date.now(); mirror(); sendWords();
    // A stroke is checked at once, and while somebody types on as often as answers come, so that no stroke waits for a
    // pause; where answers are slow each writer asks a third of the time at most: fifty must not keep the house busy.
    clearTimeout(checkSoon); checkSoon = setTimeout(check, Math.max(20, checkedAt + Math.min(2000, Math.max(60, 3 * checkTook)) - Date.now()));
    clearTimeout(keepSoon); keepSoon = setTimeout(keepDraft, 1200);
  });
  const sendWords = () => {   // a new message while writing: read it, then send
    const button = $("#send"), wrote = $("#newmsg .newmsg");
    if (!button) return;
    if (!button.dataset.words) button.dataset.words = button.textContent.trim();
    button.classList.toggle("reads-first", !!wrote);
    const word = [...button.childNodes].find((n) => n.nodeType === 3 && n.textContent.trim());
    const hidden = $('#letter [name="visibility"]'), seen = hidden && hidden.checked ? "private" : "public";
    if (word && !button.dataset.own) button.dataset.own = word.textContent;
    const name = $('label[for="reply"]');
    if (name && hidden) name.textContent = `Your reply, ${seen}`;
    if (word) word.textContent = wrote ? "Read it, then send " : hidden ? `Send in ${seen} ` : button.dataset.own;
  };
  const readIt = async () => {
    const answer = await desk.ask(`/cases/${desk.shown()}/pane?from=${desk.onCase ? "case" : "queue"}`);
    if (!answer.ok) return;
    desk.patchPane(desk.parsed(await answer.text()));
    const place = $("#newmsg"); if (place) place.replaceChildren();
    sendWords();
    const lastWords = $("#thread .theirs:last-of-type"); if (lastWords) lastWords.scrollIntoView({ block: "nearest" });
    say("Read it, then send.");
  };
  const send = async (letter, button) => {   // one at a time; what was not kept is not sent, and keepDraft said why
    if (letter.dataset.sending) return;
    letter.dataset.sending = "yes";
    try { await sent(letter, button); } finally { delete letter.dataset.sending; }
  };
  const sent = async (letter, button) => {
    if ($("#newmsg .newmsg")) { await readIt(); return; }
    clearTimeout(checkSoon);
    if (!$("#reply").value.trim()) { $("#reply").focus(); say("Write something first."); return; }
    dirty = true;
    if (await keepDraft() === false || !$("#reply")) return;
    const id = desk.shown(), text = $("#reply").value, status = await desk.act(letter, button);
    if (status === 200 && desk.shown() !== id) return;   // who sent it is at the next case already, and perhaps writing
    if (status === 422) { const stop = $(".breach.is-stop button") || $(".breach.is-stop") || $(".breach"); if (stop) stop.focus(); say("Not sent. The first thing that stops it has the focus."); return; }
    if (status === 409 && !$("#reply")) { unsaid.set(desk.shown(), text); showUnsaid(); return; }
    const handed = $(".handed a");
    if (status === 200 && handed) { window.open(handed.href, "_blank", "noopener,noreferrer"); if (navigator.clipboard) navigator.clipboard.writeText(text).catch(() => say("Copy the text yourself; the browser did not allow it.")); }
    if (status === 200 && !handed) desk.home();
  };
  // A way out of a boundary: to private, or to the words themselves, which are taken out or chosen for writing anew.
  const wayOut = (button) => {
    const box = $("#reply"), way = button.dataset.way, hidden = $('#letter [name="visibility"]');
    if (!box) return;
    if (/private/i.test(way) && hidden) { hidden.checked = true; hidden.dispatchEvent(new Event("input", { bubbles: true })); box.focus(); return; }
    const signs = [...box.value], [a, b] = (button.dataset.span || `0,${signs.length}`).split(",").map(Number);
    const from = signs.slice(0, a).join("").length, to = signs.slice(0, b).join("").length;
    box.focus(); box.setSelectionRange(from, to);
    if (/^take (it|some) out$/i.test(way) && button.dataset.span) { box.setRangeText("", from, to, "end"); box.dispatchEvent(new Event("input", { bubbles: true })); }
  };
  const take = (form) => {   // material goes where one writes; the gaps in it are chosen, one after the other, by hand
    const box = $("#reply"), from = box.selectionStart, words = form.dataset.take;
    box.focus(); box.setRangeText(words, from, box.selectionEnd, "end");
    const gap = words.search(/\{\{/);
    if (gap >= 0) { const end = words.indexOf("}}", gap); box.setSelectionRange(from + gap, from + (end < 0 ? words.length : end + 2)); }
    box.dispatchEvent(new Event("input", { bubbles: true }));
    if (form.hasAttribute("data-does")) desk.act(form);   // what it does to the case: the page shows it
    else desk.ask(new URL(form.action).pathname, { from: desk.onCase ? "case" : "queue" }).catch(() => desk.stale());
  };
  const instead = ({ words, instead: asked }) => {   // a wording that a second person offered; what else stands there stays
    const box = $("#reply");
    if (!box) return;
    box.focus();
    if (!box.value.trim() || box.value.trim() === asked.trim()) box.select(); else box.setRangeText("\n\n", box.value.length, box.value.length, "end");
    box.setRangeText(words, box.selectionStart, box.selectionEnd, "end");
    box.dispatchEvent(new Event("input", { bubbles: true }));
  };
  const write = (words = "") => {
    const box = $("#reply");
    if (!box) return;
    box.focus(); box.setSelectionRange(box.value.length, box.value.length); box.scrollIntoView({ block: "nearest" });
    pour(box, words);
  };

  // --- what is pressed ---
  const open = (form, button) => {   // claim, then write
    if (caught && caught.opens) return;
    const id = desk.shown();
    caught = { id, words: "", answers: true, opens: true };
    desk.act(form, button).then((status) => {
      if (!caught) return;
      caught.opens = false;
      if (status === 200 && $("#reply") && desk.shown() === id) write(letGo()); else noBox();
    });
  };
  const cannot = () => {   // somebody else has it, a question is open, a reply is on its way: the line in the box says which
    const composer = $("#composer");
    composer.tabIndex = -1; composer.focus({ preventScroll: true }); composer.scrollIntoView({ block: "nearest" });
    say($(".check-line", composer).textContent.trim());
    caught = { id: desk.shown(), words: "", answers: true }; noBox();
  };
  document.addEventListener("submit", (e) => {
    const form = e.target;
    if (form.id === "letter") send(form, e.submitter);
    else if (form.hasAttribute("data-take") && $("#reply")) take(form);
    else if (e.submitter && e.submitter.id === "claim-write") open(form, e.submitter);
    else return;
    e.preventDefault();
  }, true);
  document.addEventListener("click", (e) => {
    const link = e.target.closest("a, button");
    if (!link) return;
    if (link.hasAttribute("data-reply")) { e.preventDefault(); const first = $("#claim-write"); if ($("#reply")) write(); else if (first) first.click(); else cannot(); }
    if (link.hasAttribute("data-way")) wayOut(link);
    if (link.hasAttribute("data-instead")) instead(link.dataset);
    if (link.hasAttribute("data-show")) { e.preventDefault(); readIt(); }
  });
  const settled = () => {
    mirror(); sendWords(); showUnsaid();
    const letter = $("#letter");   // words that were kept are checked once, before anybody types on
    if (letter && !letter.dataset.looked && $("#reply").value.trim()) check();
  };
  const FIELDS = "main textarea:not(#reply), main input[type=text]:not([readonly])";
  const unsaved = () => dirty || keeping > 0 || unsaid.size > 0 || $$(FIELDS).some((field) => field.value.trim() && field.value !== field.defaultValue);
  Object.assign(desk, { write, unsaved, awaits, arrived, elsewhere, pourInto, settled, sendWords, putBreaches, check, keepDraft, typedAt: () => typedAt });
})();
