import type { WaitingEntry } from "@/api/types";
import type { Format, Translate } from "@/i18n";
import type pl from "../i18n/pl.json";
import { noon } from "./days";

/** Any time of the day, in minutes since midnight. */
const ANY = { from: 0, to: 1440 };

type Wish = Pick<
  WaitingEntry,
  "forms" | "from_date" | "to_date" | "from" | "to" | "official_name" | "people" | "interpreter"
>;

/** What somebody on the waiting list would take, a line for each condition. */
export function wishOf(wish: Wish, t: Translate<typeof pl>, format: Format): string[] {
  const { from, to } = wish;
  return [
    t("waiting.days", {
      from: format.date(noon(wish.from_date)),
      to: format.date(noon(wish.to_date)),
    }),
    ...(from > ANY.from || to < ANY.to
      ? [t("waiting.hours", { from: clock(from), to: clock(to) })]
      : []),
    format.list(wish.forms.map((form) => t(`form.${form}`))),
    ...(wish.official_name ? [t("waiting.official", { name: wish.official_name })] : []),
    ...(wish.people > 1 ? [t("waiting.people", { count: wish.people })] : []),
    ...(wish.interpreter ? [t("waiting.interpreter")] : []),
  ];
}

/** `510` is `8:30`. */
function clock(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, "0")}`;
}
