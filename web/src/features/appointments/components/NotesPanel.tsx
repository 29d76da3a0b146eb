import { type FormEvent, useEffect, useState } from "react";
import { useProblemText } from "@/api/problem";
import type { Appointment } from "@/api/types";
import { Panel } from "@/features/rooms/components/Panel";
import { useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextArea } from "@/ui/Field";
import { Notice } from "@/ui/Notice";
import { useSaveNotes } from "../api/appointments";
import { messages } from "../messages";
import styles from "./AppointmentPage.module.css";

/** Longest notes, in characters (booking's own limit). */
const NOTES_MAX = 4000;

interface Draft {
  text: string;
  version: number;
}

/**
 * Notes by officials for officials. Saved by the button and on leaving the field, not with every
 * pause: each saving is a line of the log. When somebody else has written meanwhile, both texts are shown
 * and neither is lost.
 */
export function NotesPanel({ appointment }: { appointment: Appointment }) {
  const t = useMessages(messages);
  const format = useFormat();
  const problemText = useProblemText();
  const save = useSaveNotes(appointment.id);
  // What is typed, and which version of the notes it changes.
  const [draft, setDraft] = useState<Draft | null>(null);
  const [savedAt, setSavedAt] = useState<number | null>(null);
  const text = draft?.text ?? appointment.notes;
  const unsaved = draft !== null && draft.text !== appointment.notes;
  const overtaken = unsaved && draft.version !== appointment.notes_version;
  const tooLong = [...text].length > NOTES_MAX;

  useEffect(() => {
    if (!unsaved) return;
    const warn = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, [unsaved]);

  async function store() {
    if (!unsaved || overtaken || tooLong || save.isPending) return;
    const sent = draft;
    try {
      const saved = await save.mutateAsync({ notes: sent.text, version: sent.version });
      setSavedAt(Date.now());
      // What was typed meanwhile stays a draft, of the version that was just written.
      setDraft((now) =>
        !now || now.text === sent.text ? null : { ...now, version: saved.notes_version },
      );
    } catch {
      // Said below; the draft stays.
    }
  }

  const state = save.isPending
    ? t("notes.saving")
    : save.isError && unsaved && !overtaken
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
          onChange={(event) => {
            const { value } = event.target;
            setDraft((now) => ({
              text: value,
              version: now && unsaved ? now.version : appointment.notes_version,
            }));
          }}
          onBlur={() => void store()}
        />
        {overtaken ? (
          <Notice
            tone="warn"
            live="polite"
            title={t("notes.overtaken")}
            actions={
              <>
                <Button
                  variant="secondary"
                  size="s"
                  onClick={() =>
                    setDraft({
                      text: [appointment.notes, text].filter(Boolean).join("\n"),
                      version: appointment.notes_version,
                    })
                  }
                >
                  {t("notes.both")}
                </Button>
                <Button variant="secondary" size="s" onClick={() => setDraft(null)}>
                  {t("notes.theirs")}
                </Button>
              </>
            }
          >
            <span className={styles.theirs}>{appointment.notes}</span>
          </Notice>
        ) : null}
        <div className={styles.saved}>
          <Button type="submit" variant="secondary" size="s" aria-disabled={!unsaved || overtaken}>
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
