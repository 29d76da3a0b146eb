import type { ReactNode } from "react";
import type { Language } from "@/api/types";
import { commonMessages, LANGUAGES, useMessages } from "@/i18n";
import { Select } from "@/ui/Field";

interface Props {
  label: ReactNode;
  hint?: ReactNode;
  value: Language;
  onChange: (language: Language) => void;
}

export function LanguageSelect({ label, hint, value, onChange }: Props) {
  const t = useMessages(commonMessages);
  return (
    <Select
      label={label}
      hint={hint}
      value={value}
      options={LANGUAGES.map((one) => ({ value: one, label: t(`language.${one}`) }))}
      onChange={(event) => {
        const chosen = LANGUAGES.find((one) => one === event.target.value);
        if (chosen) onChange(chosen);
      }}
    />
  );
}
