import { type FormEvent, useEffect, useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Appointment } from "@/api/types";
import { Panel } from "@/features/rooms/components/Panel";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextArea } from "@/ui/Field";
import { useSaveNotes } from "../api/appointments";
import { messages } from "../messages";
import styles from "./AppointmentPage.module.css";

/** Longest notes, in characters (booking's own limit). */
const NOTES_MAX = 4000;

/**
 * Notes by officials for officials. Saved by the button and on leaving the field, not with every
 * pause: each saving is a line of the log.
 */
export function NotesPanel({ appointment }: { appointment: Appointment }) {
  const t = useMessages(messages);
  const format = useFormat();
  const problemText = useProblemText();
  const save = useSaveNotes(appointment.id);
  const [draft, setDraft] = useState<string | null>(null);
  const [savedAt, setSavedAt] = useState<number | null>(null);
  const text = draft ?? appointment.notes;
  const unsaved = draft !== null && draft !== appointment.notes;
  const tooLong = [...text].length > NOTES_MAX;

  useEffect(() => {
    if (!unsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [unsaved]);

  async function store() {
    if (!unsaved || tooLong || save.isPending) return;
    const sent = text;
    try {
      await save.mutateAsync(sent);
      setSavedAt(Date.now());
      // What was typed meanwhile stays a draft.
      setDraft((now) => (now === sent ? null : now));
    } catch {
      // Said below; the draft stays.
    }
  }

  const state = save.isPending
    ? t("notes.saving")
    : save.isError && unsaved
      ? t("notes.failed", { why: problemText(save.error) })
      : unsaved
        ? t("notes.unsaved")
        : savedAt !== null
          ? t("notes.saved_at", { time: format.time(savedAt) })
          : t("notes.all_saved");

  return (
    <Panel heading={t("notes.heading")}>
      <form
        className={styles.notes}
        noValidate
        onSubmit={(event: FormEvent) => {
          event.preventDefault();
          void store();
        }}
      >
        <TextArea
          label={t("notes.heading")}
          hideLabel
          hint={t("notes.hint")}
          error={tooLong ? t("notes.too_long", { max: NOTES_MAX }) : undefined}
          rows={6}
          value={text}
          onChange={(event) => setDraft(event.target.value)}
          onBlur={() => void store()}
        />
        <div className={styles.saved}>
          <Button type="submit" variant="secondary" size="s" aria-disabled={!unsaved}>
            {t("notes.save")}
          </Button>
          <span role="status" className={save.isError && unsaved ? undefined : styles.soft}>
            {state}
          </span>
        </div>
      </form>
    </Panel>
  );
}
