import { useEffect, useRef, useState } from "react";
import { usePageTitle } from "@/app/navigation";
import { useProblemText } from "@/api/problem";
import type { QueueEntry } from "@/api/types";
import { useNow } from "@/features/rooms/hooks/useNow";
import { useLinkSecret } from "@/forms/secret";
import { useFormat, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { cx } from "@/ui/cx";
import { useQueueScreen } from "../hooks/useQueueScreen";
import { queueMessages } from "../queue-messages";
import styles from "./QueueScreenPage.module.css";

/** The screen in the hall: codes, never names. Its secret stands behind `#`. */
export default function QueueScreenPage() {
  const t = useMessages(queueMessages);
  const format = useFormat();
  const problemText = useProblemText();
  const secret = useLinkSecret();
  const { shown, problem } = useQueueScreen(secret);
  const now = useNow(1_000);
  const title = shown ? pick(shown.office, t.language) : t("title");
  const heading = usePageTitle(title);
  const fresh = useFresh(shown?.called ?? []);
  return (
    <main className={styles.screen} data-surface="call">
      <header className={styles.header}>
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        <time className={styles.clock} dateTime={new Date(now).toISOString()}>
          {format.time(now)}
        </time>
      </header>
      {problem ? (
        <p role="status" className={styles.problem}>
          {shown ? t("stale") : problemText(problem)}
        </p>
      ) : null}
      {shown ? (
        <div className={styles.columns}>
          <section className={styles.called} aria-labelledby="queue-called">
            <h2 id="queue-called">{t("called")}</h2>
            {shown.called.length === 0 ? <p className={styles.none}>{t("nobody_called")}</p> : null}
            <ul role="list" aria-live="polite">
              {shown.called.map((entry) => (
                <li
                  key={entry.code}
                  className={cx(styles.entry, fresh === entry.code && styles.fresh)}
                >
                  <span className={styles.code}>{entry.code}</span>
                  {entry.place ? <span className={styles.place}>{entry.place}</span> : null}
                </li>
              ))}
            </ul>
          </section>
          <section className={styles.waiting} aria-labelledby="queue-waiting">
            <h2 id="queue-waiting">{t("waiting")}</h2>
            {shown.waiting.length === 0 ? (
              <p className={styles.none}>{t("nobody_waits")}</p>
            ) : (
              <ol role="list">
                {shown.waiting.map((entry) => (
                  <li key={entry.code} className={styles.small}>
                    {entry.code}
                  </li>
                ))}
              </ol>
            )}
          </section>
        </div>
      ) : null}
    </main>
  );
}

/** The code that was called a moment ago, so that people look up. */
function useFresh(called: readonly QueueEntry[]): string | null {
  const newest = called[0]?.code ?? null;
  const before = useRef<string | null | undefined>(undefined);
  const [fresh, setFresh] = useState<string | null>(null);
  useEffect(() => {
    const first = before.current === undefined;
    const changed = before.current !== newest;
    before.current = newest;
    // What hung there when the screen was switched on isn't news.
    if (first || !changed || newest === null) return;
    setFresh(newest);
    const timer = setTimeout(() => setFresh(null), 12_000);
    return () => clearTimeout(timer);
  }, [newest]);
  return fresh;
}
