import { describe, expect, it } from "vitest";
import { flatten, type Tree } from "@/i18n/messages";

const files = import.meta.glob<{ default: Tree }>("../src/**/{i18n,common}/{pl,en,uk}.json", {
  eager: true,
});
const folders = [...new Set(Object.keys(files).map((path) => path.replace(/\/\w+\.json$/, "")))];
const LANGUAGES = ["pl", "en", "uk"] as const;

const SUFFIX = /_(zero|one|two|few|many|other)$/;

function texts(folder: string, language: string): ReadonlyMap<string, string> {
  const file = files[`${folder}/${language}.json`];
  if (!file) throw new Error(`${folder}/${language}.json is missing`);
  return flatten(file.default);
}

/** A key is a plural when its `_other` form is there. */
function bases(map: ReadonlyMap<string, string>) {
  const plain = new Set<string>();
  const plural = new Map<string, Set<string>>();
  for (const key of map.keys()) {
    const match = SUFFIX.exec(key);
    const base = key.replace(SUFFIX, "");
    if (match?.[1] && map.has(`${base}_other`)) {
      plural.set(base, (plural.get(base) ?? new Set()).add(match[1]));
    } else plain.add(key);
  }
  return { plain, plural };
}

function placeholders(text: string): string[] {
  const found = [...text.matchAll(/\{\{(\w+)\}\}|<(\w+)>/g)].map((m) => m[1] ?? `<${m[2]}>`);
  return [...new Set(found)].sort();
}

describe.each(folders)("%s", (folder) => {
  const polish = bases(texts(folder, "pl"));

  it.each(LANGUAGES)("%s has the keys and plural forms of its grammar", (language) => {
    const map = texts(folder, language);
    const { plain, plural } = bases(map);
    expect([...plain].sort()).toEqual([...polish.plain].sort());
    expect([...plural.keys()].sort()).toEqual([...polish.plural.keys()].sort());
    const wanted = new Intl.PluralRules(language).resolvedOptions().pluralCategories;
    for (const [key, forms] of plural) expect([...forms].sort(), key).toEqual([...wanted].sort());
    for (const [key, text] of map) expect(text.trim(), key).not.toBe("");
  });

  it.each(["en", "uk"])("%s fills in the same values as Polish", (language) => {
    const pl = texts(folder, "pl");
    for (const [key, text] of texts(folder, language)) {
      const base = key.replace(SUFFIX, "");
      const original = pl.get(key) ?? pl.get(`${base}_other`) ?? "";
      // A plural form may spell its number out.
      const drop = (names: string[]) => names.filter((name) => name !== "count");
      expect(drop(placeholders(text)), key).toEqual(drop(placeholders(original)));
    }
  });
});
