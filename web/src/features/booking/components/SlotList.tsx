import { useEffect, useRef, useState } from "react";
import { ApiProblem, useProblemText } from "@/api/problem";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { findSlots } from "../api";
import { useLoad } from "../hooks/useLoad";
import { useQuery } from "../hooks/useQuery";
import { timesMessages } from "../times/messages";
import { joinWaitingAddress, writeChoice } from "../model/address";
import { byDay, noon } from "../model/slots";
import type { Slot, SlotPage } from "../model/types";
import { Loading } from "./Loading";
import { NothingFree } from "./NothingFree";
import { SlotButton } from "./SlotButton";
import type { PickerProps } from "./SlotPicker";
import styles from "./SlotPicker.module.css";

/** Enough for two or three days of a busy office. */
const PAGE = 40;

/** Days with their times, next free first. */
export function SlotList(props: PickerProps) {
  const { offered, choice } = props;
  const { params, set } = useQuery();
  const from = params.get("from") ?? "";
  const wish = { office: offered.office.id, matter: offered.matter.id, ...choice };
  const key = `${wish.matter}?${writeChoice(choice)}&from=${from}`;
  const { state, again } = useLoad(key, (signal) =>
    findSlots(wish, { limit: PAGE, ...(from ? { from } : {}) }, signal),
  );
  return (
    <Loading state={state} onRetry={again}>
      {(first) =>
        first.slots.length === 0 && !from ? (
          <NothingFree {...props} />
        ) : (
          <Pages
            key={key}
            {...props}
            first={first}
            from={from}
            onFrom={(date) => set({ from: date || null }, { replace: true })}
            more={(after) => findSlots(wish, { after, limit: PAGE }, new AbortController().signal)}
          />
        )
      }
    </Loading>
  );
}

interface PagesProps extends PickerProps {
  first: SlotPage;
  from: string;
  onFrom: (date: string) => void;
  more: (after: string) => Promise<SlotPage>;
}

function Pages({ first, from, onFrom, more, moving = false, ...picker }: PagesProps) {
  const t = useMessages(timesMessages);
  const format = useFormat();
  const text = useProblemText();
  const [slots, setSlots] = useState(first.slots);
  const [next, setNext] = useState(first.next ?? null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<ApiProblem | null>(null);
  // The first of the slots that came last: there the keyboard goes on.
  const [fresh, setFresh] = useState<string | null>(null);
  const list = useRef<HTMLDivElement>(null);
  useEffect(() => {
    if (fresh) list.current?.querySelector<HTMLElement>(`[data-start="${fresh}"]`)?.focus();
  }, [fresh]);

  async function load(after: string) {
    setBusy(true);
    setProblem(null);
    try {
      const page = await more(after);
      setSlots((before) => [...before, ...page.slots]);
      setNext(page.next ?? null);
      setFresh(page.slots[0]?.start ?? null);
    } catch (error) {
      setProblem(ApiProblem.from(error));
    } finally {
      setBusy(false);
    }
  }

  const soonest = slots[0];
  const days = byDay(slots);
  return (
    <div className={styles.list} ref={list}>
      {soonest && !from ? (
        <section className={styles.soonest} aria-labelledby="soonest">
          <h2 id="soonest" className={styles.soonestTitle}>
            {t("times.soonest")}
          </h2>
          <p className={styles.soonestTime}>
            {t("times.at", {
              date: format.longDate(soonest.start),
              time: format.time(soonest.start),
            })}
          </p>
          <Button busy={picker.pending === soonest.start} onClick={() => picker.onPick(soonest)}>
            {t("times.take_soonest")}
          </Button>
        </section>
      ) : null}
      <FromDate from={from} onFrom={onFrom} />
      {days.length === 0 ? <Notice>{t("times.none_from")}</Notice> : null}
      {days.map((day) => (
        <section key={day.date} aria-labelledby={`day-${day.date}`} className={styles.day}>
          <h2 id={`day-${day.date}`} className={styles.date}>
            {format.longDate(noon(day.date))}
          </h2>
          <Times slots={day.slots} {...picker} />
        </section>
      ))}
      {problem ? (
        <Notice tone="bad" live="polite">
          {text(problem)}
        </Notice>
      ) : null}
      {next && slots.length > 0 ? (
        <div>
          <Button variant="secondary" busy={busy} onClick={() => void load(next)}>
            {t("times.more")}
          </Button>
        </div>
      ) : days.length > 0 ? (
        <p className={styles.zone}>{t("times.no_more")}</p>
      ) : null}
      {moving ? null : (
        <p>
          {t.rich("nothing.sooner", {
            a: (words) => (
              <Link
                href={joinWaitingAddress(
                  picker.offered.office.id,
                  picker.offered.matter.id,
                  picker.choice,
                )}
              >
                {words}
              </Link>
            ),
          })}
        </p>
      )}
    </div>
  );
}

/** The times of one day. */
export function Times({ slots, ...picker }: PickerProps & { slots: readonly Slot[] }) {
  return (
    <ul role="list" className={styles.times}>
      {slots.map((slot) => (
        <li key={slot.start}>
          <SlotButton
            slot={slot}
            group={picker.offered.matter.capacity > 1}
            busy={picker.pending === slot.start}
            onPick={() => picker.onPick(slot)}
          />
        </li>
      ))}
    </ul>
  );
}

/** Skips the days before, for those who can't come so soon. */
function FromDate({ from, onFrom }: { from: string; onFrom: (date: string) => void }) {
  const t = useMessages(timesMessages);
  const [date, setDate] = useState(from);
  return (
    <form
      className={styles.from}
      onSubmit={(event) => {
        event.preventDefault();
        onFrom(date);
      }}
    >
      <label htmlFor="from" className={styles.fromLabel}>
        {t("times.from")}
      </label>
      <input
        id="from"
        type="date"
        className={styles.fromInput}
        value={date}
        onChange={(event) => setDate(event.target.value)}
      />
      <Button type="submit" variant="secondary">
        {t("times.show")}
      </Button>
      {from ? (
        <Button variant="quiet" onClick={() => onFrom("")}>
          {t("times.from_today")}
        </Button>
      ) : null}
    </form>
  );
}
