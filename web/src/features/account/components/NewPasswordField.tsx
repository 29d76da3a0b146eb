import { Circle, CircleCheck } from "lucide-react";
import { type ReactNode, useId, useState } from "react";
import { useMessages } from "@/i18n";
import { Checkbox, TextField } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { cx } from "@/ui/cx";
import { messages } from "../messages";
import { PASSWORD_MIN, PASSWORD_RULES, unmetRules } from "../model/password";
import styles from "./NewPasswordField.module.css";

interface Props {
  id: string;
  label: ReactNode;
  error: string | undefined;
  /** The person's name and address, which must not stand in it. */
  personal: readonly string[];
  value: string;
  onChange: (password: string) => void;
}

/** A password to be set, with its rules in plain words; each is ticked off as one types. */
export function NewPasswordField({ id, label, error, personal, value, onChange }: Props) {
  const t = useMessages(messages);
  const rules = useId();
  const [shown, setShown] = useState(false);
  const unmet = unmetRules(value, personal);
  return (
    <div className={styles.group}>
      <TextField
        id={id}
        label={label}
        hint={t("rules.advice")}
        error={error}
        type={shown ? "text" : "password"}
        autoComplete="new-password"
        autoCapitalize="none"
        spellCheck={false}
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <Checkbox
        label={t("password.show")}
        checked={shown}
        onChange={(event) => setShown(event.target.checked)}
      />
      <p id={rules} className="visually-hidden">
        {t("rules.heading")}
      </p>
      <ul role="list" aria-labelledby={rules} className={styles.rules}>
        {PASSWORD_RULES.map((rule) => {
          const met = !unmet.has(rule);
          return (
            <li key={rule} className={cx(styles.rule, met && styles.met)}>
              <Icon of={met ? CircleCheck : Circle} size={1.1} />
              <span>
                {t(`rules.${rule}`, { count: PASSWORD_MIN })}
                <span className="visually-hidden">
                  {" "}
                  ({met ? t("rules.met") : t("rules.unmet")})
                </span>
              </span>
            </li>
          );
        })}
      </ul>
    </div>
  );
}
