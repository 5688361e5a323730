"use strict";
(() => {
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const byId = (id) => document.getElementById(id);

  // Theme: as the system has it, or one of two; kept where the browser lets a file keep anything.
  const themes = ["as the system", "light", "dark"];
  const theme = byId("theme");
  const kept = (word) => { try { return word ? localStorage.setItem("policyc-theme", word) : localStorage.getItem("policyc-theme"); } catch { return null; } };
  const wear = (word) => {
    document.documentElement.dataset.theme = word;
    theme.querySelector("b").textContent = word;
  };
  wear(themes.includes(kept()) ? kept() : themes[0]);
  theme.hidden = false;
  theme.addEventListener("click", () => {
    const next = themes[(themes.indexOf(document.documentElement.dataset.theme) + 1) % themes.length];
    wear(next);
    kept(next);
  });

  // Details: opened for paper, and as they were afterwards; opened where a link leads into one.
  let closed = [];
  addEventListener("beforeprint", () => {
    closed = all("details:not([open])");
    for (const each of closed) each.open = true;
  });
  addEventListener("afterprint", () => {
    for (const each of closed) each.open = false;
    closed = [];
  });
  const reveal = () => {
    let at = location.hash.length > 1 ? byId(location.hash.slice(1)) : null;
    for (; at; at = at.parentElement) if (at.tagName === "DETAILS") at.open = true;
  };
  addEventListener("hashchange", reveal);
  reveal();
  const open = byId("open");
  if (open) open.addEventListener("click", () => {
    const pressed = open.getAttribute("aria-pressed") !== "true";
    open.setAttribute("aria-pressed", String(pressed));
    for (const each of all("main details")) each.open = pressed;
  });

  // What the focus brings into sight is laid out only then, and may push itself out again: it is followed until it stays.
  addEventListener("focusin", ({ target }) => {
    const follow = (frames) => requestAnimationFrame(() => {
      if (document.activeElement !== target) return;
      const { top, bottom } = target.getBoundingClientRect();
      if (bottom <= 0 || top >= innerHeight) target.scrollIntoView({ block: "nearest", behavior: "instant" });
      if (frames > 0) follow(frames - 1);
    });
    follow(10);
  });

  // Filters.
  const form = byId("filters");
  if (!form) return;
  const cards = all("[data-card]");
  const files = all("[data-file]");
  const parts = all("[data-part]");
  const folds = all("[data-fold]");
  const tiles = all("[data-filter]");
  const count = byId("count");
  const nothing = byId("nothing");
  const word = count.dataset.word || "change";
  const lists = all("select", form).map((list) => list.name);
  let wasFiltered = false;
  const texts = new Map();
  const text = (card) => {
    if (!texts.has(card)) texts.set(card, card.textContent.toLowerCase().replace(/\s+/g, " "));
    return texts.get(card);
  };
  const show = () => {
    const wanted = Object.fromEntries(new FormData(form));
    const words = (wanted.q || "").toLowerCase().split(/\s+/).filter(Boolean);
    const fits = (card, name) => !wanted[name] || (card.dataset[name] || "").split(" ").includes(wanted[name]);
    let shown = 0;
    for (const card of cards) {
      const holds = lists.every((name) => fits(card, name)) && words.every((each) => text(card).includes(each));
      card.hidden = !holds;
      shown += holds;
    }
    const filtered = lists.some((name) => wanted[name]) || words.length > 0;
    for (const fold of folds) {
      const any = Boolean(fold.querySelector("[data-card]:not([hidden])"));
      fold.hidden = !any;
      if (filtered !== wasFiltered || filtered) fold.open = filtered && any;
    }
    wasFiltered = filtered;
    for (const part of parts) part.hidden = !part.querySelector("[data-card]:not([hidden])");
    for (const file of files) file.hidden = !(fits(file, "o") && fits(file, "g"));
    for (const tile of tiles) tile.setAttribute("aria-pressed", String(wanted[tile.dataset.filter] === tile.dataset.value));
    count.textContent = shown === cards.length
      ? `All ${shown} ${word}${shown === 1 ? "" : "s"}`
      : `${shown} of ${cards.length} ${word}s`;
    nothing.hidden = shown > 0 || cards.length === 0;
  };
  form.addEventListener("input", show);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(show));
  for (const tile of tiles) tile.addEventListener("click", () => {
    const field = form.elements[tile.dataset.filter];
    field.value = field.value === tile.dataset.value ? "" : tile.dataset.value;
    show();
  });
  // A link to a change that the filters hide takes them away.
  addEventListener("hashchange", () => {
    const to = byId(location.hash.slice(1));
    if (to && to.closest("[hidden]")) {
      form.reset();
      setTimeout(() => to.scrollIntoView());
    }
  });
  form.hidden = count.hidden = false;
  show();
})();
