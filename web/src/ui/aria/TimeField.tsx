import { Time } from "@internationalized/date";
import type { ReactNode } from "react";
import {
  DateInput,
  DateSegment,
  FieldError,
  Label,
  TimeField as AriaTimeField,
} from "react-aria-components";
import { cx } from "../cx";
import fieldStyles from "../Field.module.css";
import styles from "./DateField.module.css";

interface Props {
  id?: string;
  label: string;
  error?: ReactNode;
  /** Minutes since midnight; 1440, the end of the day, is written 00:00. */
  value: number | null;
  onChange: (minutes: number | null) => void;
  /** What 00:00 stands for: the end of the day in an end, its beginning elsewhere. */
  end?: boolean;
  quiet?: boolean;
}

const DAY = 24 * 60;

/** A time of the day on the office's wall. */
export function TimeField({ id, label, error, value, onChange, end = false, quiet }: Props) {
  return (
    <AriaTimeField
      className={cx(
        fieldStyles.field,
        error ? fieldStyles.refused : undefined,
        error ? styles.refused : undefined,
      )}
      value={value === null ? null : new Time(Math.floor((value % DAY) / 60), value % 60)}
      hourCycle={24}
      shouldForceLeadingZeros
      isInvalid={Boolean(error)}
      onChange={(next) => {
        if (!next) return onChange(null);
        const minutes = next.hour * 60 + next.minute;
        onChange(end && minutes === 0 ? DAY : minutes);
      }}
    >
      <Label className={(quiet ? fieldStyles.hint : fieldStyles.label) ?? ""}>{label}</Label>
      <FieldError className={fieldStyles.error ?? ""}>{error}</FieldError>
      <div
        {...(id === undefined ? {} : { id })}
        className={styles.group}
        tabIndex={-1}
        onFocus={(event) => {
          if (event.target !== event.currentTarget) return;
          event.currentTarget.querySelector<HTMLElement>('[role="spinbutton"]')?.focus();
        }}
      >
        <DateInput className={styles.segments ?? ""}>
          {(segment) => <DateSegment segment={segment} className={styles.segment ?? ""} />}
        </DateInput>
      </div>
    </AriaTimeField>
  );
}
