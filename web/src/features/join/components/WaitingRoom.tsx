import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { useFormat, useMessages } from "@/i18n";
import type { Call } from "@/rtc";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import { Devices } from "./Lobby";
import styles from "./WaitingRoom.module.css";

interface Props {
  call: Call;
  /** The meeting's title. */
  title: string;
}

/** Place in the queue, messages from the office, and the devices once more. */
export function WaitingRoom({ call, title }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const place = useStore(call.store, (state) => state.waitingPlace);
  const notes = useStore(call.store, (state) => state.notes);
  const lost = useStore(call.store, (state) => state.phase === "reconnecting");
  const list = useRef<HTMLOListElement>(null);

  useEffect(() => {
    list.current?.lastElementChild?.scrollIntoView({ block: "nearest" });
  }, [notes.length]);

  return (
    <div className={styles.waiting}>
      <PageHeader over={title} title={t("title.waiting")} lead={t("waiting.lead")} />
      <div role="alert">
        {lost ? (
          <Notice tone="warn" title={t("waiting.reconnecting.title")}>
            {t("waiting.reconnecting.body")}
          </Notice>
        ) : null}
      </div>
      <Card className={styles.queue}>
        <div role="status">
          {place ? (
            <>
              <p className={styles.place}>
                {place.place <= 1
                  ? t("waiting.next")
                  : t("waiting.place", { place: place.place, of: place.of })}
              </p>
              <p>{t(place.hostPresent ? "waiting.host_present" : "waiting.host_absent")}</p>
            </>
          ) : null}
        </div>
        <p className={styles.keep}>{t("waiting.keep_open")}</p>
      </Card>
      <section aria-labelledby="notes" hidden={notes.length === 0}>
        <h2 id="notes" className={styles.heading}>
          {t("waiting.notes")}
        </h2>
        <ol ref={list} role="list" className={styles.notes} aria-live="polite">
          {notes.map((note) => (
            <li key={note.at + note.text} className={styles.note}>
              <p className={styles.from}>
                {t("waiting.note_from", { name: note.fromName, time: format.time(note.at) })}
              </p>
              <p className={styles.text}>{note.text}</p>
            </li>
          ))}
        </ol>
      </section>
      <details className={styles.devices}>
        <summary>{t("waiting.devices")}</summary>
        <div className={styles.inside}>
          <Devices local={call.local} />
        </div>
      </details>
      <div>
        <Button variant="secondary" onClick={() => void call.leave()}>
          {t("waiting.leave")}
        </Button>
      </div>
    </div>
  );
}
