// Every action of a page, found by its words: Ctrl K opens the list, arrows choose, Enter does it.
// It presses the page's own buttons, links and menus, so it can do nothing that they cannot.
(() => {
  "use strict";
  const $ = (q, r = document) => r.querySelector(q), $$ = (q, r = document) => [...r.querySelectorAll(q)];
  const box = $("#palette"), find = $("#palette-find"), list = $("#palette-list");
  if (!box || !box.showModal) return;
  let actions = [], shown = [], at = 0;

  const words = (element) => {   // what a button says, without its key and its number
    const copy = element.cloneNode(true);
    for (const part of copy.querySelectorAll("kbd, svg, .count, .avatar, small")) part.remove();
    return element.getAttribute("aria-label") || copy.textContent.replace(/\s+/g, " ").trim();
  };
  const deed = (form) => (form ? form.action + new URLSearchParams(new FormData(form)) : "");
  const gather = () => {
    const seen = new Map();
    for (const element of $$("main button, main summary, main a.btn, .views a, .chips a, .outbox button").concat($$(".top button, .top a, .top summary, nav.rail a, nav.rail button"))) {
      const folded = element.closest("details:not([open])"), head = folded && $("summary", folded);
      const menu = folded && head !== element ? folded : null, seat = menu ? head : element;
      if (element.disabled || element.closest("[hidden], .row") || !(seat.offsetParent || element.closest(".rail"))) continue;
      const inside = menu && menu.matches(".menu") ? `${words(head)}: ` : "", name = inside + words(element);
      const twin = seen.get(name);
      if (twin && deed(twin.element.form) !== deed(element.form)) twin.several = true;   // "Disable" of each person of a list
      if (!words(element) || twin) continue;
      seen.set(name, { name, element, menu, key: element.getAttribute("aria-keyshortcuts") || (element.dataset.go ? `g ${element.dataset.go}` : "") });
    }
    return [...seen.values()];
  };
  const fits = (name, asked) => asked.every((word) => name.toLowerCase().includes(word));
  const render = () => {
    const asked = find.value.toLowerCase().split(/\s+/).filter(Boolean);
    const first = (one) => (one.name.toLowerCase().startsWith(asked[0] || "") ? 0 : 1);
    shown = actions.filter((one) => fits(one.name, asked)).sort((a, b) => first(a) - first(b));
    at = asked.length ? 0 : -1;   // nothing is chosen before anything is asked for: Enter alone does nothing
    list.replaceChildren(...shown.map((one, number) => {
      const line = document.createElement("li");
      line.id = `palette-${number}`; line.setAttribute("role", "option"); line.textContent = one.name;
      if (one.key) { const key = document.createElement("kbd"); key.textContent = one.key; key.setAttribute("aria-hidden", "true"); line.append(key); }
      return line;
    }));
    $("#palette-none").hidden = shown.length > 0;
    mark();
  };
  const mark = () => {
    $$("li", list).forEach((line, number) => line.setAttribute("aria-selected", number === at));
    const line = $(`#palette-${at}`);
    if (line) { find.setAttribute("aria-activedescendant", line.id); line.scrollIntoView({ block: "nearest" }); } else find.removeAttribute("aria-activedescendant");
  };
  const run = (one) => {
    if (!one) return;
    for (const dialog of $$("dialog[open]")) dialog.close();
    if (!one.element.isConnected) return;
    const form = one.element.form;
    if (one.menu) one.menu.open = true;
    const asks = form && $("textarea, select, input:not([type=hidden])", form);
    // Something is to be filled in, read, or seen first, which of several is meant: it has the focus, and nothing is pressed.
    if (one.several || (form && form.hasAttribute("data-does")) || (one.menu && form && (asks || one.element.matches(".late") || form.hasAttribute("data-read")))) { (!one.several && asks || one.element).focus(); return; }
    one.element.click();
  };
  const open = () => { if (!box.open) { actions = gather(); find.value = ""; for (const dialog of $$("dialog[open]")) dialog.close(); box.showModal(); render(); } };

  document.addEventListener("keydown", (e) => {
    if ((e.ctrlKey || e.metaKey) && !e.altKey && !e.shiftKey && e.key.toLowerCase() === "k") { e.preventDefault(); open(); }
  });
  find.addEventListener("input", render);
  find.addEventListener("keydown", (e) => {
    if (e.isComposing) return;   // Enter ends a word that is put together from several keys
    if (e.key === "Enter") run(shown[at]);
    else if (e.key === "ArrowDown" || e.key === "ArrowUp") { at = Math.max(0, Math.min(shown.length - 1, at + (e.key === "ArrowDown" ? 1 : -1))); mark(); }
    else return;
    e.preventDefault(); e.stopPropagation();
  });
  list.addEventListener("click", (e) => { const line = e.target.closest("li"); if (line) run(shown[+line.id.slice(8)]); });
  for (const button of $$("[data-palette]")) button.addEventListener("click", open);
})();
