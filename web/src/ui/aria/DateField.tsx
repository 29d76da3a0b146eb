import { type CalendarDate, parseDate, toCalendarDate } from "@internationalized/date";
import { CalendarDays, ChevronLeft, ChevronRight } from "lucide-react";
import type { ReactNode } from "react";
import {
  Button,
  Calendar,
  CalendarCell,
  CalendarGrid,
  CalendarGridBody,
  CalendarGridHeader,
  CalendarHeaderCell,
  DateInput,
  DatePicker,
  DateSegment,
  Dialog,
  FieldError,
  Group,
  Heading,
  Label,
  Popover,
  Text,
} from "react-aria-components";
import { commonMessages, useMessages } from "@/i18n";
import { cx } from "../cx";
import fieldStyles from "../Field.module.css";
import { Icon } from "../Icon";
import styles from "./DateField.module.css";

interface Props {
  /** Of its frame, so that an error summary can lead there. */
  id?: string;
  label: string;
  hint?: ReactNode;
  error?: ReactNode;
  /** `2026-11-27`; empty for none. */
  value: string;
  onChange: (date: string) => void;
  /** The first day that may be chosen. */
  from?: string | undefined;
  /** A small label, where several fields share one. */
  quiet?: boolean;
}

/** A day, typed or chosen from a month. */
export function DateField({ id, label, hint, error, value, onChange, from, quiet }: Props) {
  const t = useMessages(commonMessages);
  return (
    <DatePicker
      className={cx(
        fieldStyles.field,
        error ? fieldStyles.refused : undefined,
        error ? styles.refused : undefined,
      )}
      value={read(value)}
      {...(from ? { minValue: parseDate(from) } : {})}
      isInvalid={Boolean(error)}
      shouldForceLeadingZeros
      onChange={(next) => onChange(next ? toCalendarDate(next).toString() : "")}
    >
      <Label className={(quiet ? fieldStyles.hint : fieldStyles.label) ?? ""}>{label}</Label>
      {hint ? (
        <Text slot="description" className={fieldStyles.hint ?? ""}>
          {hint}
        </Text>
      ) : null}
      <FieldError className={fieldStyles.error ?? ""}>{error}</FieldError>
      <Group
        {...(id === undefined ? {} : { id })}
        className={styles.group ?? ""}
        tabIndex={-1}
        onFocus={(event) => {
          // The error summary leads here: on to the first part that can be typed into.
          if (event.target !== event.currentTarget) return;
          event.currentTarget.querySelector<HTMLElement>('[role="spinbutton"]')?.focus();
        }}
      >
        <DateInput className={styles.segments ?? ""}>
          {(segment) => <DateSegment segment={segment} className={styles.segment ?? ""} />}
        </DateInput>
        <Button className={styles.open ?? ""} aria-label={t("calendar.open")}>
          <Icon of={CalendarDays} size={1.1} />
        </Button>
      </Group>
      <Popover className={styles.popover ?? ""}>
        <Dialog aria-label={t("calendar.open")}>
          <MonthCalendar />
        </Dialog>
      </Popover>
    </DatePicker>
  );
}

function MonthCalendar() {
  const t = useMessages(commonMessages);
  return (
    <Calendar>
      <div className={styles.head}>
        <Button slot="previous" className={styles.step ?? ""} aria-label={t("calendar.previous")}>
          <Icon of={ChevronLeft} />
        </Button>
        <Heading level={2} />
        <Button slot="next" className={styles.step ?? ""} aria-label={t("calendar.next")}>
          <Icon of={ChevronRight} />
        </Button>
      </div>
      <CalendarGrid className={styles.grid ?? ""}>
        <CalendarGridHeader>
          {(day) => <CalendarHeaderCell>{day}</CalendarHeaderCell>}
        </CalendarGridHeader>
        <CalendarGridBody>
          {(day) => <CalendarCell date={day} className={styles.day ?? ""} />}
        </CalendarGridBody>
      </CalendarGrid>
    </Calendar>
  );
}

function read(value: string): CalendarDate | null {
  return value === "" ? null : parseDate(value);
}
