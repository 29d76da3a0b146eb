import type { ReactNode } from "react";
import type { Refusal } from "@/forms/useRefusal";
import { commonMessages, LANGUAGES, useMessages } from "@/i18n";
import { TextArea, TextField } from "@/ui/Field";
import type { Text } from "../model/localized";
import styles from "./Setup.module.css";

interface Props {
  legend: string;
  hint?: ReactNode;
  /** As the refusal names it; the languages are `<field>.pl` and so on. */
  field: string;
  refusal: Refusal;
  value: Text;
  onChange: (text: Text) => void;
  /** Lines; a single line when left out. */
  rows?: number;
  /** Not even Polish has to be there. */
  optional?: boolean;
  hideLegend?: boolean;
}

/** One text in the three languages, side by side where there is room. */
export function LocalizedField({
  legend,
  hint,
  field,
  refusal,
  value,
  onChange,
  rows,
  optional = false,
  hideLegend = false,
}: Props) {
  const common = useMessages(commonMessages);
  const hintId = refusal.idOf(`${field}-hint`);
  return (
    <fieldset className={styles.localized} aria-describedby={hint ? hintId : undefined}>
      <legend className={hideLegend ? "visually-hidden" : undefined}>{legend}</legend>
      {hint ? (
        <p id={hintId} className={styles.hint}>
          {hint}
        </p>
      ) : null}
      <div className={styles.languages}>
        {LANGUAGES.map((language) => {
          const name = `${field}.${language}`;
          const shared = {
            id: refusal.idOf(name),
            label: common(`language.${language}`),
            error: refusal.errorOf(name),
            optional: optional || language !== "pl",
            lang: language,
            autoComplete: "off",
            value: value[language],
          };
          return rows ? (
            <TextArea
              key={language}
              {...shared}
              rows={rows}
              onChange={(event) => onChange({ ...value, [language]: event.target.value })}
            />
          ) : (
            <TextField
              key={language}
              {...shared}
              onChange={(event) => onChange({ ...value, [language]: event.target.value })}
            />
          );
        })}
      </div>
    </fieldset>
  );
}
