// Prints how much JavaScript each page of budgets.json loads, and how large its typeface is; fails
// when one is over its budget.
// Reads the build in dist/ (or the folder named as argument).
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const dist = process.argv[2] ?? "dist";
const read = async (path) => JSON.parse(await readFile(path, "utf8"));
const manifest = await read(join(dist, "manifest.json"));
const budgets = await read("budgets.json");
delete budgets.comment;

/** The texts that a page's code asks for as soon as it runs, for a reader of Polish. */
const TEXTS = /\/(?:i18n|common)\/pl\.json$/;

/** Every file that loading these modules brings along. */
function closure(modules) {
  const seen = new Set();
  const queue = [...modules];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue;
    const chunk = manifest[key];
    if (!chunk) throw new Error(`the build has no ${key}`);
    seen.add(key);
    queue.push(...(chunk.imports ?? []));
    queue.push(...(chunk.dynamicImports ?? []).filter((inner) => TEXTS.test(inner)));
  }
  return [...seen].map((key) => manifest[key].file).filter((file) => file.endsWith(".js"));
}

async function kib(files) {
  const sizes = await Promise.all(
    files.map(async (file) => gzipSync(await readFile(join(dist, file)), { level: 9 }).length),
  );
  return sizes.reduce((sum, size) => sum + size, 0) / 1024;
}

/** The parts of the typeface, which are compressed as they are. */
async function fontKib(parts) {
  const files = (await readdir(join(dist, "assets"))).filter((file) =>
    parts.some((part) => new RegExp(`-3-${part}-[\\w-]{8}\\.woff2$`).test(file)),
  );
  if (files.length !== parts.length) throw new Error(`the build has the fonts ${files.join(", ")}`);
  const all = await Promise.all(files.map((file) => readFile(join(dist, "assets", file))));
  return all.reduce((sum, file) => sum + file.length, 0) / 1024;
}

let over = 0;
for (const [name, { page, layout, also = [], fonts, max }] of Object.entries(budgets)) {
  const modules = ["index.html", page, ...(layout ? [layout] : []), ...also];
  const size = fonts ? await fontKib(fonts) : await kib(closure(modules));
  const verdict = size > max ? "OVER" : "ok";
  if (size > max) over += 1;
  console.log(`${name.padEnd(20)} ${size.toFixed(1).padStart(7)} KiB of ${max}  ${verdict}`);
}
process.exitCode = over === 0 ? 0 : 1;
