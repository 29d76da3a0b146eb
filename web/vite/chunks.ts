import { readdirSync } from "node:fs";
import { resolve } from "node:path";

/** What the bundler tells of a module. */
interface Context {
  getModuleInfo(id: string): { importedIds: string[] } | null;
}

const PAGES = "src/features/booking/pages";
const START = resolve(PAGES, "OfficesPage.tsx");
const JOIN = resolve("src/features/join/JoinPage.tsx");
/** What so many of booking's pages need comes with the first one. */
const MOST = 0.6;

/**
 * Names the file for a module that several of the citizens' pages share; null leaves it to the
 * bundler. On a slow network each file costs a round trip, and many small ones compress worse than
 * one.
 */
export function citizenChunks(): (id: string, context: Context) => string | null {
  let reach: { booking: Map<string, number>; start: Set<string>; join: Set<string> } | undefined;
  const pages = readdirSync(PAGES)
    .filter((file) => file.endsWith("Page.tsx"))
    .map((file) => resolve(PAGES, file));
  return (id, context) => {
    reach ??= {
      booking: count(pages.map((page) => reached(page, context))),
      start: reached(START, context),
      join: reached(JOIN, context),
    };
    const share = reach.booking.get(id) ?? 0;
    if (share < 3) return null;
    if (share >= MOST * pages.length || reach.start.has(id)) {
      return reach.join.has(id) ? "citizen" : "booking";
    }
    // What others use as well, and the lists of texts, are only for the pages that need them.
    return id.includes("/features/booking/") && !id.endsWith("/messages.ts")
      ? "booking-steps"
      : null;
  };
}

/** All that loading a module brings along at once. */
function reached(module: string, context: Context): Set<string> {
  const seen = new Set<string>();
  const queue = [module];
  for (let id = queue.pop(); id !== undefined; id = queue.pop()) {
    if (seen.has(id)) continue;
    seen.add(id);
    queue.push(...(context.getModuleInfo(id)?.importedIds ?? []));
  }
  return seen;
}

function count(sets: readonly ReadonlySet<string>[]): Map<string, number> {
  const times = new Map<string, number>();
  for (const set of sets) for (const id of set) times.set(id, (times.get(id) ?? 0) + 1);
  return times;
}
