import type { Form } from "@/api/types";
import { useMessages } from "@/i18n";
import { commonMessages } from "@/i18n";
import { cx } from "@/ui/cx";
import { Checkbox } from "@/ui/Field";
import { messages } from "../messages";
import { FORMS } from "../model/matter";
import styles from "./Setup.module.css";

interface Props {
  id: string;
  legend: string;
  hideLegend?: boolean;
  error: string | undefined;
  value: readonly Form[];
  onChange: (forms: Form[]) => void;
}

/** In which ways: at the office, by phone, by video. */
export function FormChecks({ id, legend, hideLegend = false, error, value, onChange }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  return (
    <fieldset
      className={cx(styles.checkGroup, error && styles.refused)}
      aria-describedby={error ? `${id}-error` : undefined}
    >
      <legend className={hideLegend ? "visually-hidden" : undefined}>{legend}</legend>
      {error ? (
        <p id={`${id}-error`} className={styles.error}>
          <span className="visually-hidden">{common("error_prefix")} </span>
          {error}
        </p>
      ) : null}
      <div className={styles.inlineChecks}>
        {FORMS.map((form, index) => (
          <Checkbox
            key={form}
            id={index === 0 ? id : undefined}
            label={t(`form.${form}`)}
            checked={value.includes(form)}
            onChange={(event) =>
              onChange(
                event.target.checked ? [...value, form] : value.filter((other) => other !== form),
              )
            }
          />
        ))}
      </div>
    </fieldset>
  );
}
