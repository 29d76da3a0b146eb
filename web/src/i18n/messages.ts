import type { Language } from "@/api/types";

/** A tree of texts, as i18next's JSON v4 has it. */
export interface Tree {
  readonly [key: string]: string | Tree;
}

type PluralSuffix = "zero" | "one" | "two" | "few" | "many" | "other";
type WithoutPlural<K extends string> = K extends `${infer Base}_${PluralSuffix}` ? Base : K;

/** Every key that `t()` takes for a tree: dotted, plural forms under their common name. */
export type Key<T> = T extends string
  ? never
  : {
      [K in keyof T & string]: T[K] extends string ? WithoutPlural<K> : `${K}.${Key<T[K]>}`;
    }[keyof T & string];

type Loader = () => Promise<{ default: Tree }>;

/** The texts of one feature: typed by its Polish file, loaded for one language at a time. */
export interface Messages<T> {
  readonly loaders: Readonly<Record<Language, Loader>>;
  /** Flattened texts by language, once loaded. */
  readonly ready: Map<Language, ReadonlyMap<string, string>>;
  readonly pending: Map<Language, Promise<ReadonlyMap<string, string>>>;
  /** Only a type. */
  readonly shape?: T;
}

const known = new Set<Messages<unknown>>();

/**
 * ```ts
 * import type pl from "./i18n/pl.json";
 * export const messages = defineMessages<typeof pl>({
 *   pl: () => import("./i18n/pl.json"),
 *   en: () => import("./i18n/en.json"),
 *   uk: () => import("./i18n/uk.json"),
 * });
 * ```
 */
export function defineMessages<T>(loaders: Record<Language, Loader>): Messages<T> {
  const messages: Messages<T> = { loaders, ready: new Map(), pending: new Map() };
  known.add(messages);
  return messages;
}

export function load(
  messages: Messages<unknown>,
  language: Language,
): Promise<ReadonlyMap<string, string>> {
  let pending: Promise<ReadonlyMap<string, string>> | undefined = messages.pending.get(language);
  if (!pending) {
    pending = messages.loaders[language]().then(
      (module) => {
        const texts = flatten(module.default);
        messages.ready.set(language, texts);
        // React reads these two, and so renders at once instead of suspending for a moment.
        if (pending) Object.assign(pending, { status: "fulfilled", value: texts });
        return texts;
      },
      (error: unknown) => {
        // The next attempt may succeed: the network may be back.
        messages.pending.delete(language);
        throw error;
      },
    );
    messages.pending.set(language, pending);
  }
  return pending;
}

/** Loads, in one language, the texts of all the code that is here. */
export async function preload(language: Language): Promise<void> {
  await Promise.all([...known].map((messages) => load(messages, language)));
}

export function flatten(tree: Tree, prefix = "", into = new Map<string, string>()) {
  for (const [key, value] of Object.entries(tree)) {
    if (typeof value === "string") into.set(prefix + key, value);
    else flatten(value, `${prefix}${key}.`, into);
  }
  return into;
}
