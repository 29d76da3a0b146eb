import { Fragment, type ReactNode, use } from "react";
import type { Language } from "@/api/types";
import { useLanguage } from "./language";
import { type Key, load, type Messages } from "./messages";

export type Values = Readonly<Record<string, string | number>>;
/** What `<name>…</name>` in a text becomes. */
export type Tags = Readonly<Record<string, (children: string) => ReactNode>>;

export interface Translate<T> {
  /** `{{name}}` is replaced by a value; `count` chooses the plural form. */
  (key: Key<T>, values?: Values): string;
  /** As above, with tags turned into elements. */
  rich(key: Key<T>, tags: Tags, values?: Values): ReactNode;
  /** Whether there is such a text; for keys made from values of the server. */
  has(key: string): key is Key<T> & string;
  readonly language: Language;
}

const plurals = new Map<string, Intl.PluralRules>();
const numbers = new Map<Language, Intl.NumberFormat>();

export function pluralCategory(language: Language, count: number): Intl.LDMLPluralRule {
  let rules = plurals.get(language);
  if (!rules) plurals.set(language, (rules = new Intl.PluralRules(language)));
  return rules.select(count);
}

function formatNumber(language: Language, value: number): string {
  let format = numbers.get(language);
  if (!format) numbers.set(language, (format = new Intl.NumberFormat(language)));
  return format.format(value);
}

export function createTranslate<T>(
  language: Language,
  texts: ReadonlyMap<string, string>,
): Translate<T> {
  function find(key: string, values?: Values): string {
    const count = values?.count;
    const text =
      typeof count === "number"
        ? (texts.get(`${key}_${pluralCategory(language, count)}`) ??
          texts.get(`${key}_other`) ??
          texts.get(key))
        : texts.get(key);
    // A missing text is a defect that the tests catch; its key is better than nothing.
    if (text === undefined) return key;
    if (!values) return text;
    return text.replace(/\{\{(\w+)\}\}/g, (whole, name: string) => {
      const value = values[name];
      if (value === undefined) return whole;
      return typeof value === "number" ? formatNumber(language, value) : value;
    });
  }
  const t = (key: string, values?: Values) => find(key, values);
  return Object.assign(t, {
    language,
    has: (key: string) => texts.has(key),
    rich: (key: string, tags: Tags, values?: Values) => renderTags(find(key, values), tags),
    // The keys are checked where they are written, not here.
  }) as unknown as Translate<T>;
}

/** Tags don't nest; an unknown one is left as it stands. */
function renderTags(text: string, tags: Tags): ReactNode {
  const parts: ReactNode[] = [];
  let rest = 0;
  for (const match of text.matchAll(/<(\w+)>(.*?)<\/\1>/g)) {
    const render = tags[match[1] ?? ""];
    if (!render) continue;
    parts.push(text.slice(rest, match.index), render(match[2] ?? ""));
    rest = match.index + match[0].length;
  }
  parts.push(text.slice(rest));
  return parts.map((part, index) => <Fragment key={index}>{part}</Fragment>);
}

const translators = new WeakMap<ReadonlyMap<string, string>, Translate<never>>();

function translator<T>(language: Language, texts: ReadonlyMap<string, string>): Translate<T> {
  let t = translators.get(texts);
  if (!t) translators.set(texts, (t = createTranslate<never>(language, texts)));
  return t as unknown as Translate<T>;
}

/** The texts of a feature in the reader's language. Suspends until they are here, once. */
export function useMessages<T>(messages: Messages<T>): Translate<T> {
  const language = useLanguage();
  // Always by `use`, also when the texts are here: React counts the calls of a suspended component,
  // and would hand one set of texts to the place of another.
  return translator<T>(language, use(load(messages, language)));
}

/** The same outside of components, e.g. for a toast; waits for the texts. */
export async function translate<T>(
  messages: Messages<T>,
  language: Language,
): Promise<Translate<T>> {
  return translator<T>(language, messages.ready.get(language) ?? (await load(messages, language)));
}
