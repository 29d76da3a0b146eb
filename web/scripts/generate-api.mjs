// Writes src/api/generated/schema.d.ts from openapi.json. Skipped when nothing changed, so that
// watchers and incremental builds stay quiet.
import { mkdir, readFile, stat, utimes, writeFile } from "node:fs/promises";
import openapiTS, { astToString } from "openapi-typescript";

const source = new URL("../openapi.json", import.meta.url);
const target = new URL("../src/api/generated/schema.d.ts", import.meta.url);

async function modified(url) {
  return (await stat(url).catch(() => null))?.mtimeMs ?? 0;
}

if ((await modified(target)) < (await modified(source))) {
  const text = astToString(await openapiTS(source));
  await mkdir(new URL(".", target), { recursive: true });
  const former = await readFile(target, "utf8").catch(() => "");
  const next = `// Generated from openapi.json; do not edit.\n${text}`;
  if (former !== next) await writeFile(target, next);
  // As old as its source, so that cargo doesn't take it for an edit.
  const { atime, mtime } = await stat(source);
  await utimes(target, atime, mtime);
}
