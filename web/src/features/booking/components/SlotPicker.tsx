import { lazy, Suspense } from "react";
import { ApiProblem, useProblemText } from "@/api/problem";
import { useMessages } from "@/i18n";
import { Notice } from "@/ui/Notice";
import { Spinner } from "@/ui/Spinner";
import type { Offered } from "../api";
import { useQuery } from "../hooks/useQuery";
import { timesMessages } from "../times/messages";
import type { Choice } from "../model/address";
import type { Slot } from "../model/types";
import { SlotList } from "./SlotList";
import styles from "./SlotPicker.module.css";

// Few look at a month, and its code isn't needed before.
const MonthView = lazy(() => import("./MonthView"));

export interface PickerProps {
  offered: Offered;
  choice: Choice;
  /** Start of the slot that is being asked for. */
  pending: string | null;
  onPick: (slot: Slot) => void;
  /** An appointment that exists gets another time; there is no waiting for that. */
  moving?: boolean;
}

/** What is free: as a list, next free first, or by the month. */
export function SlotPicker({ refused, ...picker }: PickerProps & { refused: unknown }) {
  const t = useMessages(timesMessages);
  const { params, set } = useQuery();
  const month = params.get("show") === "month";
  return (
    <div className={styles.picker}>
      <Refused refused={refused} />
      <div className={styles.views} role="group" aria-label={t("times.view")}>
        <button
          type="button"
          className={styles.view}
          aria-pressed={!month}
          onClick={() => set({ show: null, month: null, day: null })}
        >
          {t("times.as_list")}
        </button>
        <button
          type="button"
          className={styles.view}
          aria-pressed={month}
          onClick={() => set({ show: "month", from: null })}
        >
          {t("times.as_month")}
        </button>
      </div>
      <p className={styles.zone}>{t("times.zone")}</p>
      {/* A time that was lost is no longer there: then the list is asked for again. */}
      <Suspense fallback={<Spinner />}>
        {month ? (
          <MonthView key={keyOf(refused)} {...picker} />
        ) : (
          <SlotList key={keyOf(refused)} {...picker} />
        )}
      </Suspense>
      <p role="status" className="visually-hidden">
        {picker.pending ? t("times.taking") : ""}
      </p>
    </div>
  );
}

const seen = new WeakMap<object, number>();
let count = 0;

/** Another key for each slot that was lost; what else went wrong leaves the list as it is. */
function keyOf(refused: unknown): number {
  if (!(refused instanceof ApiProblem) || refused.code !== "slot_taken") return 0;
  let key = seen.get(refused);
  if (key === undefined) seen.set(refused, (key = count += 1));
  return key;
}

function Refused({ refused }: { refused: unknown }) {
  const text = useProblemText();
  const t = useMessages(timesMessages);
  const taken = refused instanceof ApiProblem && refused.code === "slot_taken";
  return (
    <div role="alert">
      {refused ? (
        <Notice tone={taken ? "warn" : "bad"} title={taken ? t("times.taken") : undefined}>
          {text(refused)}
        </Notice>
      ) : null}
    </div>
  );
}
