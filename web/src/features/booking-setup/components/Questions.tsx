import { ArrowDown, ArrowUp, Plus, X } from "lucide-react";
import { useRef } from "react";
import type { QuestionKind } from "@/api/types";
import type { Refusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Checkbox, Select } from "@/ui/Field";
import { Of } from "@/ui/Of";
import { messages } from "../messages";
import { newQuestion, newText, type QuestionEntry, type TextEntry } from "../model/matter";
import { LocalizedField } from "./LocalizedField";
import styles from "./Setup.module.css";

const KINDS: readonly QuestionKind[] = ["text", "yes_no", "choice"];

interface TextsProps {
  field: string;
  refusal: Refusal;
  entries: TextEntry[];
  /** Names the n-th entry, from 1. */
  label: (n: number) => string;
  add: string;
  onChange: (entries: TextEntry[]) => void;
}

/** A list of texts in three languages, in an order that counts. */
export function Texts({ field, refusal, entries, label, add, onChange }: TextsProps) {
  const addButton = useRef<HTMLButtonElement>(null);
  return (
    <div className={styles.entries}>
      {entries.map((entry, index) => (
        <div key={entry.id} className={styles.entry}>
          <EntryHead
            name={label(index + 1)}
            index={index}
            count={entries.length}
            onMove={(to) => onChange(moved(entries, index, to))}
            onRemove={() => {
              onChange(entries.filter((one) => one.id !== entry.id));
              addButton.current?.focus();
            }}
          />
          <LocalizedField
            legend={label(index + 1)}
            hideLegend
            field={`${field}.${index}`}
            refusal={refusal}
            value={entry.text}
            onChange={(text) =>
              onChange(entries.map((one) => (one.id === entry.id ? { ...one, text } : one)))
            }
          />
        </div>
      ))}
      <div>
        <Button
          ref={addButton}
          variant="secondary"
          size="s"
          icon={Plus}
          onClick={() => onChange([...entries, newText()])}
        >
          {add}
        </Button>
      </div>
    </div>
  );
}

interface QuestionsProps {
  refusal: Refusal;
  questions: QuestionEntry[];
  onChange: (questions: QuestionEntry[]) => void;
}

export function Questions({ refusal, questions, onChange }: QuestionsProps) {
  const t = useMessages(messages);
  const addButton = useRef<HTMLButtonElement>(null);
  return (
    <div className={styles.entries}>
      {questions.map((question, index) => {
        const name = t("matter.question", { n: index + 1 });
        const field = `questions.${index}`;
        const set = (change: Partial<QuestionEntry>) =>
          onChange(questions.map((one) => (one.id === question.id ? { ...one, ...change } : one)));
        return (
          <div key={question.id} className={styles.entry}>
            <EntryHead
              name={name}
              index={index}
              count={questions.length}
              onMove={(to) => onChange(moved(questions, index, to))}
              onRemove={() => {
                onChange(questions.filter((one) => one.id !== question.id));
                addButton.current?.focus();
              }}
            />
            <LocalizedField
              legend={name}
              hideLegend
              field={`${field}.label`}
              refusal={refusal}
              value={question.label}
              onChange={(label) => set({ label })}
            />
            <div className={styles.row}>
              <Select
                id={refusal.idOf(`${field}.choices`)}
                label={t("matter.kind")}
                error={refusal.errorOf(`${field}.choices`)}
                value={question.kind}
                options={KINDS.map((kind) => ({ value: kind, label: t(`matter.kinds.${kind}`) }))}
                onChange={(event) => {
                  const kind = KINDS.find((one) => one === event.target.value);
                  if (!kind) return;
                  const choices =
                    kind === "choice" && question.choices.length === 0
                      ? [newText(), newText()]
                      : question.choices;
                  set({ kind, choices });
                }}
              />
              <Checkbox
                label={t("matter.required")}
                checked={question.required}
                onChange={(event) => set({ required: event.target.checked })}
              />
            </div>
            {question.kind === "choice" ? (
              <Texts
                field={`${field}.choices`}
                refusal={refusal}
                entries={question.choices}
                label={(n) => t("matter.choice", { n, question: index + 1 })}
                add={t("matter.add_choice")}
                onChange={(choices) => set({ choices })}
              />
            ) : null}
          </div>
        );
      })}
      <div>
        <Button
          ref={addButton}
          variant="secondary"
          size="s"
          icon={Plus}
          onClick={() => onChange([...questions, newQuestion()])}
        >
          {t("matter.add_question")}
        </Button>
      </div>
    </div>
  );
}

interface HeadProps {
  name: string;
  index: number;
  count: number;
  onMove: (to: number) => void;
  onRemove: () => void;
}

/** What an entry is called, and its place in the list. */
function EntryHead({ name, index, count, onMove, onRemove }: HeadProps) {
  const t = useMessages(messages);
  return (
    <div className={styles.entryHead}>
      <h3>{name}</h3>
      <span className={styles.buttons}>
        {index > 0 ? (
          <Button
            variant="quiet"
            size="s"
            icon={ArrowUp}
            iconOnly
            onClick={() => onMove(index - 1)}
          >
            {t("up", { name })}
          </Button>
        ) : null}
        {index < count - 1 ? (
          <Button
            variant="quiet"
            size="s"
            icon={ArrowDown}
            iconOnly
            onClick={() => onMove(index + 1)}
          >
            {t("down", { name })}
          </Button>
        ) : null}
        <Button variant="quiet" size="s" icon={X} onClick={onRemove}>
          <Of of={name}>{t("remove")}</Of>
        </Button>
      </span>
    </div>
  );
}

function moved<T>(list: readonly T[], from: number, to: number): T[] {
  const next = [...list];
  const [one] = next.splice(from, 1);
  if (one !== undefined) next.splice(to, 0, one);
  return next;
}
