import { type ReactNode, useState } from "react";
import { useMessages } from "@/i18n";
import { Select, TextField } from "@/ui/Field";
import { messages } from "../messages";
import { type Entry, readEntry, type Unit, UNIT_MINUTES, unitOf } from "../model/numbers";
import styles from "./Setup.module.css";

interface Props {
  id: string;
  label: ReactNode;
  hint?: ReactNode;
  error: string | undefined;
  value: Entry;
  onChange: (value: Entry) => void;
}

/** A whole number. What is typed stays as it is, also while it is none. */
export function NumberField({ id, label, hint, error, value, onChange }: Props) {
  const [text, setText] = useState(value === null ? "" : String(value));
  return (
    <TextField
      id={id}
      label={label}
      hint={hint}
      error={error}
      width="short"
      inputMode="numeric"
      autoComplete="off"
      value={text}
      onChange={(event) => {
        setText(event.target.value);
        onChange(readEntry(event.target.value));
      }}
    />
  );
}

/** A time in minutes, entered in the unit that suits it. */
export function PeriodField({ id, label, hint, error, value, onChange }: Props) {
  const t = useMessages(messages);
  const [unit, setUnit] = useState<Unit>(() => unitOf(value ?? 0));
  const [text, setText] = useState(value === null ? "" : String(value / UNIT_MINUTES[unit]));
  const tell = (nextText: string, nextUnit: Unit) => {
    const entry = readEntry(nextText);
    onChange(entry === null ? null : entry * UNIT_MINUTES[nextUnit]);
  };
  return (
    <div className={styles.period}>
      <TextField
        className={styles.number ?? ""}
        id={id}
        label={label}
        hint={hint}
        error={error}
        inputMode="numeric"
        autoComplete="off"
        value={text}
        onChange={(event) => {
          setText(event.target.value);
          tell(event.target.value, unit);
        }}
      />
      <Select
        label={t("unit.label", { field: typeof label === "string" ? label : "" })}
        hideLabel
        value={unit}
        options={(["minutes", "hours", "days"] as const).map((one) => ({
          value: one,
          label: t(`unit.${one}`),
        }))}
        onChange={(event) => {
          const next = event.target.value as Unit;
          setUnit(next);
          tell(text, next);
        }}
      />
    </div>
  );
}
