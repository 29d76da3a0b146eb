import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";

/** The modules of React Aria that put a `<style>` into the page, and their tabs' constants. */
const INJECTING = [
  "node_modules/react-aria/dist/private/interactions/usePress.js",
  "node_modules/react-aria/dist/private/overlays/usePreventScroll.js",
];

it("allows, by hash, exactly the inline styles that React Aria adds", () => {
  const policy = readFileSync("rust/lib.rs", "utf8");
  const allowed = [...policy.matchAll(/'(sha256-[^']+)'/g)].map((match) => match[1]);
  const hashes = INJECTING.map((path) => {
    const source = readFileSync(path, "utf8");
    const template = /style\.textContent = `([^`]*)`\.trim\(\)/.exec(source)?.[1];
    if (template === undefined) throw new Error(`${path} no longer adds a style`);
    const css = template
      .replace(/\$\{[^}]*PRESSABLE_ATTRIBUTE\}/, "data-react-aria-pressable")
      .trim();
    return `sha256-${createHash("sha256").update(css).digest("base64")}`;
  });
  expect(allowed.sort()).toEqual(hashes.sort());
});
