// Judges pages of `backstory report` in a real browser: node report.mjs FILE...   (see docs/report.md)
// Needs Chromium (CHROMIUM, default /usr/bin/chromium), and beside it `npm install` of this folder. Ends with 1 where a judge
// finds something; a judge that does not run is a failure.
import { readFileSync, writeFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import puppeteer from "puppeteer-core";
import { HtmlValidate } from "html-validate";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const files = process.argv.slice(2);
if (files.length === 0) throw new Error("name the pages to judge");
const folder = mkdtempSync(join(tmpdir(), "report-"));
const browser = await puppeteer.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  userDataDir: join(folder, "profile"),
  args: ["--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync"],
});
let found = 0;
const say = (what, value, isFault) => {
  found += isFault ? 1 : 0;
  console.log(`${isFault ? "FAULT" : "ok   "} ${what}: ${value}`);
};

for (const file of files) {
  const path = resolve(file);
  const html = readFileSync(path, "utf8");
  const url = pathToFileURL(path).href;
  console.log(`${file}: ${(html.length / 1000).toFixed(0)} kB`);
  for (const scheme of ["light", "dark"]) {
    const page = await browser.newPage();
    const faults = [];
    const requests = [];
    page.on("request", (request) => { if (request.url() !== url) requests.push(request.url()); });
    page.on("console", (message) => { if (["error", "warn"].includes(message.type())) faults.push(message.text()); });
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("dialog", (dialog) => { faults.push("a dialog was opened"); dialog.dismiss(); });
    await page.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await page.goto(url, { waitUntil: "load" });
    say(`${scheme}: requests`, requests.length, requests.length > 0);
    say(`${scheme}: messages of the browser, violations among them`, faults.join(" | ") || 0, faults.length > 0);
    const load = await page.evaluate(() => performance.getEntriesByType("navigation")[0].loadEventEnd);
    say(`${scheme}: loaded in ms`, load.toFixed(0), false);
    await page.setViewport({ width: 375, height: 800 });
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    say(`${scheme}: width at 375 pixels`, wide, wide > 375);
    await page.setViewport({ width: 1000, height: 900 });
    if (process.env.PICTURES) await page.screenshot({ path: `${file}.${scheme}.png`, fullPage: true });
    await page.close();

    // A strict policy lets no judge in; it looks at a copy of the page without one.
    const judged = await browser.newPage();
    await judged.setBypassCSP(true);
    await judged.emulateMediaFeatures([{ name: "prefers-color-scheme", value: scheme }]);
    await judged.goto(url, { waitUntil: "load" });
    await judged.evaluate(() => document.querySelectorAll("details").forEach((one) => { one.open = true; }));
    await judged.evaluate(axe);
    const result = await judged.evaluate(async () => {
      const { violations, passes } = await window.axe.run(document, { resultTypes: ["violations"] });
      return { passes: passes.length, violations: violations.map((one) => `${one.id} (${one.nodes.length}): ${one.nodes[0].html.slice(0, 160)}`) };
    });
    if (result.passes === 0) throw new Error("axe did not look at anything");
    say(`${scheme}: axe`, result.violations.join(" | ") || 0, result.violations.length > 0);
    await judged.close();
  }

  const still = await browser.newPage();
  await still.setJavaScriptEnabled(false);
  await still.goto(url, { waitUntil: "load" });
  const cdp = await still.createCDPSession();
  const { root } = await cdp.send("DOM.getDocument");
  const drawn = await cdp.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector: "figure svg rect.edge" });
  const figures = await cdp.send("DOM.querySelectorAll", { nodeId: root.nodeId, selector: "figure" });
  say("without scripts: pictures, columns", `${figures.nodeIds.length}, ${drawn.nodeIds.length}`, figures.nodeIds.length > 0 && drawn.nodeIds.length === 0);
  const pdf = join(folder, "page.pdf");
  await still.pdf({ path: pdf, format: "A4", printBackground: true });
  const printed = execFileSync("pdftotext", ["-layout", pdf, "-"], { encoding: "utf8", maxBuffer: 1e9 }).replace(/\s+/g, "");
  const wanted = [...html.matchAll(/<th scope="row">(\d{4}(?:-[W\d]+)?)<\/th>/g)].map((match) => match[1]);
  const missing = wanted.filter((name) => !printed.includes(name));
  say("in print: periods of the folded table", `${wanted.length - missing.length} of ${wanted.length}`, missing.length > 0);
  await still.close();

  const validator = new HtmlValidate({ extends: ["html-validate:recommended", "html-validate:a11y"], root: true });
  const { results } = await validator.validateString(html);
  const messages = results.flatMap((one) => one.messages);
  say("html-validate", messages.slice(0, 5).map((one) => `${one.ruleId} at ${one.line}: ${one.message}`).join(" | ") || 0, messages.length > 0);
  if (process.env.VNU) {
    const copy = join(folder, "page.html");
    writeFileSync(copy, html);
    let said = "";
    try {
      execFileSync("java", ["-jar", process.env.VNU, "--stdout", "--format", "text", copy], { encoding: "utf8" });
    } catch (error) {
      said = error.stdout || String(error);
    }
    say("the Nu checker", said.split("\n").slice(0, 5).join(" | ") || 0, said !== "");
  }
}
await browser.close();
rmSync(folder, { recursive: true, force: true });
process.exit(found > 0 ? 1 : 0);
