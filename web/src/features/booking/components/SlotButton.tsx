import { useFormat, useMessages } from "@/i18n";
import { Spinner } from "@/ui/Spinner";
import { timesMessages } from "../times/messages";
import { noon } from "../model/slots";
import type { Slot } from "../model/types";
import styles from "./SlotPicker.module.css";

interface Props {
  slot: Slot;
  /** Several people share it: then it says how many places are left. */
  group: boolean;
  busy: boolean;
  onPick: () => void;
}

/** A time to press. Its name says the day as well, for who goes from button to button. */
export function SlotButton({ slot, group, busy, onPick }: Props) {
  const t = useMessages(timesMessages);
  const format = useFormat();
  return (
    <button
      type="button"
      className={styles.slot}
      data-start={slot.start}
      aria-busy={busy || undefined}
      onClick={onPick}
    >
      <span className={styles.time}>{format.time(slot.start)}</span>
      <span className="visually-hidden"> {format.longDate(noon(slot.date))}</span>
      {group ? (
        <span className={styles.free}>{t("times.places", { count: slot.free })}</span>
      ) : null}
      {busy ? (
        <span className={styles.busy}>
          <Spinner size={1} />
        </span>
      ) : null}
    </button>
  );
}
