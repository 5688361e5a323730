// What a browser makes of an HTML document: `node html.mjs FILE`. Exit 0 and one line, 1 and the faults, 77 where the machine has no
// Chromium or the packages are absent (`npm install --prefix target/oracle puppeteer-core axe-core`).
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath, pathToFileURL } from "node:url";

const [file, shots] = process.argv.slice(2);
const absent = (what) => { console.error(what); process.exit(77); };
const packages = process.env.POLICYC_ORACLE ?? fileURLToPath(new URL("../../target/oracle", import.meta.url));
const require = createRequire(pathToFileURL(`${packages}/none.js`));
const load = (name) => { try { return require.resolve(name); } catch { return absent(`the package ${name} is not in ${packages}`); } };
const { default: puppeteer } = await import(pathToFileURL(load("puppeteer-core")));
const axe = load("axe-core/axe.min.js");
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find(existsSync) ?? absent("chromium is not installed");

const faults = [];
const expect = (holds, what) => { if (!holds) faults.push(what); };
// A machine with other things to do keeps a browser waiting, and that is no fault of the page.
const PATIENCE = 120_000;
const browser = await puppeteer.launch({
  executablePath: chromium,
  timeout: PATIENCE,
  args: ["--no-sandbox", "--disable-dev-shm-usage", "--force-prefers-reduced-motion"],
});
const url = pathToFileURL(file).href;

/** A tab that tells of everything it should not do. */
async function open(width, script = true) {
  const page = await browser.newPage();
  page.setDefaultTimeout(PATIENCE);
  await page.setViewport({ width, height: 900 });
  await page.setJavaScriptEnabled(script);
  page.on("request", (request) => expect(request.url() === url || request.url().startsWith(`${url}#`), `asks for ${request.url()}`));
  page.on("console", (message) => expect(!["error", "warn"].includes(message.type()), `console: ${message.text()}`));
  page.on("pageerror", (error) => expect(false, `throws: ${error.message}`));
  page.on("dialog", (dialog) => { expect(false, `opens a dialog: ${dialog.message()}`); dialog.dismiss(); });
  await page.goto(url, { waitUntil: "load" });
  return page;
}

const openAll = (page) => page.evaluate(() => document.querySelectorAll("details").forEach((each) => { each.open = true; }));

/** Lays out and draws what is out of sight too: what is skipped is neither audited nor in a picture. */
const drawAll = (page) => page.evaluate(() => document.querySelectorAll("main *").forEach((each) => { each.style.contentVisibility = "visible"; }));

/** Nothing runs but the page's own script, and no character turns, hides or controls what stands beside it. */
async function inert(page) {
  const found = await page.evaluate(() => ({
    ran: window.hostile,
    scripts: document.scripts.length,
    loads: document.querySelectorAll("img, iframe, object, embed, link, base, form[action], audio, video, [style], [src]").length,
    handlers: [...document.querySelectorAll("*")].filter((each) => [...each.attributes].some((a) => a.name.startsWith("on"))).length,
    unseen: /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]/.exec(document.documentElement.textContent)?.[0].codePointAt(0).toString(16),
    policy: document.querySelector("meta[http-equiv=Content-Security-Policy]")?.content ?? "",
  }));
  expect(found.ran === undefined, "text of a source ran");
  expect(found.scripts === 1, `${found.scripts} scripts`);
  expect(found.loads === 0, `${found.loads} elements that load or style`);
  expect(found.handlers === 0, `${found.handlers} elements with handlers`);
  expect(found.unseen === undefined, `U+${found.unseen} stands in the page`);
  expect(found.policy.startsWith("default-src 'none'") && !found.policy.includes("unsafe"), `policy: ${found.policy}`);
}

/** Headings leave no level out, there is one h1, and the landmarks are there. */
async function outline(page) {
  const { levels, landmarks } = await page.evaluate(() => ({
    levels: [...document.querySelectorAll("h1, h2, h3, h4, h5, h6")].map((each) => Number(each.tagName[1])),
    landmarks: ["header", "main", "footer"].filter((name) => document.querySelectorAll(`body ${name}`).length !== 1),
  }));
  expect(levels.filter((level) => level === 1).length === 1, "not one h1");
  expect(landmarks.length === 0, `landmarks: ${landmarks}`);
  // The headings of the side stand after h1 in the text as everywhere.
  levels.forEach((level, n) => expect(n === 0 || level <= levels[n - 1] + 1, `h${levels[n - 1]} is followed by h${level}`));
}

/** Each filter, alone, shows exactly what carries its value, says how many, and is quick. */
async function filters(page) {
  const result = await page.evaluate(() => {
    const form = document.getElementById("filters");
    if (!form) return null;
    const cards = [...document.querySelectorAll("[data-card]")];
    // What is folded away is still there; what a filter found is in sight.
    const shown = () => cards.filter((card) => !card.closest("[hidden]"));
    const live = document.getElementById("count");
    const wrong = [];
    const times = [];
    let tried = 0;
    const timed = (act) => {
      const start = performance.now();
      act();
      document.body.getBoundingClientRect();
      times.push(performance.now() - start);
    };
    const set = (field, value) => timed(() => { field.value = value; field.dispatchEvent(new Event("input", { bubbles: true })); });
    const hold = (name, fits) => {
      tried += 1;
      const should = cards.filter(fits);
      const are = shown();
      if (are.length !== should.length || are.some((card, n) => card !== should[n])) wrong.push(`${name}: shows ${are.length}, should show ${should.length}`);
      if (are.length < cards.length && are.some((card) => !card.checkVisibility())) wrong.push(`${name}: what it found is out of sight`);
      if (!live.textContent.includes(String(are.length))) wrong.push(`${name}: the count says “${live.textContent}”`);
    };
    for (const select of form.querySelectorAll("select")) {
      for (const option of [...select.options].slice(1, 7)) {
        set(select, option.value);
        hold(`${select.name}=${option.textContent}`, (card) => (card.dataset[select.name] ?? "").split(" ").includes(option.value));
      }
      set(select, "");
    }
    const text = form.elements.q;
    const word = cards.at(-1)?.querySelector("h5 .name, h4 .name")?.textContent.trim().split(/\s+/)[0].toLowerCase();
    if (word) {
      set(text, word);
      hold(`text “${word}”`, (card) => card.textContent.toLowerCase().includes(word));
      set(text, "no such text anywhere");
      hold("text that is nowhere", () => false);
      set(text, "");
    }
    for (const tile of document.querySelectorAll("button[data-filter]")) {
      timed(() => tile.click());
      hold(`tile ${tile.dataset.value}`, (card) => card.dataset[tile.dataset.filter] === tile.dataset.value);
      if (tile.getAttribute("aria-pressed") !== "true") wrong.push(`tile ${tile.dataset.value} is not pressed`);
      timed(() => tile.click());
    }
    hold("no filter", () => true);
    times.sort((a, b) => a - b);
    return { wrong, tried, cards: cards.length, usual: times[times.length >> 1], slowest: times.at(-1) };
  });
  if (!result) return "no filters";
  result.wrong.forEach((each) => expect(false, each));
  // A machine that does other things beside this one may be slow now and then: half of them tell, and the slowest is for people.
  const took = `half of them within ${result.usual.toFixed(1)} ms, the slowest in ${result.slowest.toFixed(1)} ms`;
  expect(result.usual < 100, `filters are slow: ${took}`);
  return `${result.cards} cards, ${result.tried} filters, ${took}`;
}

/** Tab comes to every control, one after the other, and each shows that it is there. */
async function keyboard(page) {
  const count = await page.evaluate(() => {
    const controls = [...document.querySelectorAll("a[href], button, input, select, summary, [tabindex='0']")].filter((each) => each.checkVisibility());
    controls.forEach((each, n) => { each.dataset.control = String(n); });
    return controls.length;
  });
  const seen = new Set();
  for (let n = 0; n < count + 5 && seen.size < count; n += 1) {
    await page.keyboard.press("Tab");
    const at = await page.evaluate(async () => {
      const is = document.activeElement;
      const style = getComputedStyle(is);
      const inSight = () => { const box = is.getBoundingClientRect(); return box.bottom > 0 && box.top < innerHeight && box.right > 0; };
      // What comes into sight for the first time is laid out then, and the browser scrolls once more: a few frames, more on a busy machine.
      for (let frame = 0, start = performance.now(); !inSight() && (frame < 30 || performance.now() - start < 2000); frame += 1) {
        await new Promise((next) => requestAnimationFrame(next));
      }
      return { control: is.dataset.control, name: is.outerHTML.slice(0, 80), ring: style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1, seen: inSight() };
    });
    if (at.control === undefined) continue;
    seen.add(at.control);
    expect(at.ring, `no ring on ${at.name}`);
    expect(at.seen, `out of sight with the focus: ${at.name}`);
  }
  expect(seen.size === count, `Tab comes to ${seen.size} of ${count} controls`);
  return `${count} controls by Tab`;
}

async function audit(page, scheme) {
  await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
  // The page's own policy forbids a script from outside; the debugger stands above it.
  await page.evaluate(readFileSync(axe, "utf8"));
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ["violations"] }));
  for (const { id, impact, nodes } of violations) {
    const where = nodes.slice(0, 3).map((node) => `${node.html.slice(0, 140)} (${node.failureSummary?.split("\n")[1]?.trim()})`);
    expect(false, `axe ${scheme}: ${impact} ${id}: ${where.join("; ")}`);
  }
}

/** On paper everything is open and the controls are not there; afterwards all is as it was. */
async function paper(page) {
  const told = await page.evaluate(() => {
    const open = () => document.querySelectorAll("details[open]").length;
    const before = open();
    dispatchEvent(new Event("beforeprint"));
    const during = open() === document.querySelectorAll("details").length;
    dispatchEvent(new Event("afterprint"));
    return { during, after: open() === before };
  });
  expect(told.during && told.after, `printing opens and closes details: ${JSON.stringify(told)}`);
  await page.emulateMediaType("print");
  const controls = await page.$$eval("#filters, #theme, .skip", (them) => them.filter((each) => each.checkVisibility()).length);
  expect(controls === 0, `${controls} controls are printed`);
  await page.emulateMediaType("screen");
}

/** The theme that the reader chooses. */
async function themes(page) {
  const colours = new Set();
  for (let n = 0; n < 3; n += 1) {
    colours.add(await page.evaluate(() => getComputedStyle(document.body).backgroundColor));
    await page.evaluate(() => document.getElementById("theme").click());
  }
  expect(colours.size === 2, `themes: ${[...colours]}`);
}

/** Nothing is wider than a small screen, with all details open. */
async function narrow(page) {
  await openAll(page);
  const over = await page.evaluate(() => {
    const wide = (each) => each.getBoundingClientRect().right > innerWidth + 1 && !each.closest(".scroll, .unseen");
    const who = [...document.querySelectorAll("body *")].filter(wide).slice(0, 3);
    return { by: document.scrollingElement.scrollWidth - innerWidth, who: who.map((each) => each.outerHTML.slice(0, 100)) };
  });
  expect(over.by <= 0 && over.who.length === 0, `wider than 390 by ${over.by}: ${over.who.join("; ")}`);
}

/** Without its script everything is there. */
async function plain(page) {
  const hidden = await page.$$eval("[data-card]", (cards) => cards.filter((card) => !card.checkVisibility() && !card.closest("details")).length);
  expect(hidden === 0, `${hidden} cards are hidden without the script`);
}

/** A page for as long as `look` needs it: one in the background neither takes keys nor draws. */
async function on(page, look) {
  const opened = await page;
  const told = await look(opened);
  await opened.close();
  return told;
}

const said = [];
const long = await on(open(1280), (page) => page.$$eval("[data-card]", (cards) => cards.length > 300));
await on(open(1280), inert);
await on(open(1280), outline);
said.push(await on(open(1280), filters));
await on(open(1280), paper);
await on(open(1280), themes);
await on(open(390), narrow);
await on(open(1280, false), plain);
if (!long) {
  said.push(await on(open(1280), keyboard));
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]]) {
    await on(open(width), async (page) => { await openAll(page); await drawAll(page); await audit(page, scheme); });
  }
  said.push("axe finds nothing");
}

// For people: `node html.mjs FILE FOLDER` leaves pictures.
if (shots) {
  for (const [width, scheme] of [[1280, "light"], [1280, "dark"], [390, "light"], [390, "dark"]]) {
    const page = await open(width);
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    if (process.env.OPEN) await openAll(page);
    await drawAll(page);
    const whole = await page.evaluate(() => document.documentElement.scrollHeight);
    const clip = { x: 0, y: 0, width, height: Math.min(whole, 12_000) };
    await page.screenshot({ path: `${shots}/${width}-${scheme}.png`, clip, captureBeyondViewport: true });
    await page.close();
  }
}

await browser.close();
if (faults.length) {
  console.error([...new Set(faults)].map((each) => `  ${each}`).join("\n"));
  process.exit(1);
}
console.log(said.join("; "));
