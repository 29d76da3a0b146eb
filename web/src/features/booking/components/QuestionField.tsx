import { useLanguage, useMessages } from "@/i18n";
import { Radios, TextArea } from "@/ui/Field";
import { detailsMessages } from "../details/messages";
import { pick } from "@/i18n/localized";
import type { Question } from "../model/types";
import { Text } from "./Text";

interface Props {
  id: string;
  question: Question;
  error: string | undefined;
  value: string;
  onChange: (value: string) => void;
}

/** A question of the office. */
export function QuestionField({ id, question, error, value, onChange }: Props) {
  const t = useMessages(detailsMessages);
  const language = useLanguage();
  const label = <Text of={question.label} />;
  switch (question.kind) {
    case "text":
      return (
        <TextArea
          id={id}
          label={label}
          error={error}
          optional={!question.required}
          rows={2}
          maxLength={500}
          value={value}
          onChange={(event) => onChange(event.target.value)}
        />
      );
    case "yes_no":
    case "choice":
      return (
        <Radios
          name={id}
          legend={label}
          hint={question.required ? undefined : t("details.optional_choice")}
          error={error}
          value={value}
          onChange={onChange}
          options={
            question.kind === "yes_no"
              ? [
                  { value: "yes", label: t("yes") },
                  { value: "no", label: t("no") },
                ]
              : (question.choices ?? []).map((choice, index) => ({
                  value: String(index),
                  label: pick(choice, language),
                }))
          }
        />
      );
  }
}
