// Shows every scene of fixtures/ in Chromium: takes pictures (with --shots <folder>) and runs axe on
// each in every language. Fails on any finding of axe and on any error in the console.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { createRequire } from "node:module";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { chromium } from "playwright-core";
import { tmpdir } from "node:os";
import { build, preview } from "vite";

const { values: options } = parseArgs({
  options: {
    shots: { type: "string" },
    scene: { type: "string", multiple: true },
    lang: { type: "string", multiple: true },
  },
});
const LANGUAGES = options.lang ?? ["pl", "en", "uk"];
const SIZES = [
  { name: "phone", width: 390, height: 844 },
  { name: "desk", width: 1280, height: 800 },
  // As narrow as WCAG 2.1 (1.4.10) asks for, in the dark, in the language with the longest words.
  { name: "narrow", width: 320, height: 640, colorScheme: "dark", languages: ["uk"] },
];
const SELECTORS = {
  more: "#call-tools [role=toolbar] > button:nth-last-of-type(2)",
  leave: "#call-tools [role=toolbar] > button:last-of-type",
  sound: "#call-tools [role=toolbar] > div:first-child > button:last-child",
  settings: "[role=menuitem] >> nth=-2",
};
const AXE = createRequire(import.meta.url).resolve("axe-core/axe.min.js");

/** What to press before looking, by scene: panels, menus and dialogs belong to the gallery too. */
const STEPS = {
  "call-two": [{ name: "chat", press: "c" }],
  "call-moderator": [
    { name: "people", press: "p" },
    { name: "settings", click: ["more", "settings"] },
    { name: "shortcuts", press: "?" },
    { name: "leave", click: ["leave"] },
    { name: "sound", click: ["sound"] },
  ],
};

// Built like the real thing, so that its style sheets and its timing are those of production.
const outDir = await mkdtemp(join(tmpdir(), "szpon-gallery-"));
await build({
  logLevel: "error",
  build: { outDir, rolldownOptions: { input: "fixtures/index.html" } },
});
const server = await preview({
  build: { outDir },
  preview: { port: 0, host: "127.0.0.1" },
  logLevel: "error",
});
const base = `${server.resolvedUrls.local[0]}fixtures/index.html`;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
  args: ["--no-sandbox", "--use-fake-device-for-media-stream"],
});

let findings = 0;
try {
  if (options.shots) await mkdir(options.shots, { recursive: true });
  const names = options.scene ?? (await sceneNames());
  for (const size of SIZES) {
    const { colorScheme = "light", languages = LANGUAGES } = size;
    const context = await browser.newContext({ viewport: size, colorScheme, deviceScaleFactor: 1 });
    for (const lang of languages) for (const name of names) await visit(context, size, lang, name);
    await context.close();
  }
} finally {
  await browser.close();
  await server.close();
  await rm(outDir, { recursive: true });
}
console.log(findings === 0 ? "axe found nothing" : `${findings} findings`);
process.exitCode = findings === 0 ? 0 : 1;

async function sceneNames() {
  const page = await browser.newPage();
  await page.goto(base);
  await page.locator("li a").first().waitFor();
  const names = await page.locator("li a").allTextContents();
  await page.close();
  return names;
}

async function visit(context, size, lang, name) {
  for (const step of [null, ...(STEPS[name] ?? [])]) {
    const page = await context.newPage();
    const where = `${name}${step ? `-${step.name}` : ""} ${size.name} ${lang}`;
    page.on("pageerror", (error) => report(where, `error: ${error.message}`));
    page.on("console", (message) => {
      if (message.type() === "error") report(where, `console: ${message.text()}`);
    });
    await page.goto(`${base}?scene=${name}&lang=${lang}`);
    await page.locator("h1").first().waitFor();
    await page.waitForTimeout(350);
    if (step?.press) await page.keyboard.press(step.press);
    for (const target of step?.click ?? []) await page.locator(SELECTORS[target]).click();
    if (step) await page.waitForTimeout(250);
    if (options.shots && lang === (size.languages ?? LANGUAGES)[0]) {
      const file = `${name}${step ? `-${step.name}` : ""}-${size.name}.png`;
      await page.screenshot({
        path: join(options.shots, file),
        fullPage: !name.startsWith("call"),
      });
    }
    await page.addScriptTag({ path: AXE });
    const { violations, overflow } = await page.evaluate(async () => ({
      violations: (await globalThis.axe.run(document)).violations,
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
    }));
    for (const violation of violations) {
      const nodes = violation.nodes.map(
        (node) => `${node.html.slice(0, 160)} ${node.failureSummary}`,
      );
      report(where, `${violation.id}: ${violation.help}\n    ${nodes.slice(0, 3).join("\n    ")}`);
    }
    if (overflow > 0) report(where, `scrolls sideways by ${overflow} px`);
    await page.close();
  }
}

function report(where, what) {
  findings += 1;
  console.log(`${where}: ${what}`);
}
