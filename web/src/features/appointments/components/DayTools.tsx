import { useQuery } from "@tanstack/react-query";
import { ChevronLeft, ChevronRight } from "lucide-react";
import { useSignedIn } from "@/api/me";
import type { PersonId } from "@/api/types";
import { setupQueries } from "@/features/booking-setup/api/setup";
import { useMessages } from "@/i18n";
import { DateField } from "@/ui/aria/DateField";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import { messages } from "../messages";
import { addDays } from "../model/days";
import styles from "./DayPage.module.css";

interface Props {
  date: string;
  today: string;
  official: PersonId;
  /** Days that one step goes on. */
  step: 1 | 7;
  go: (change: { date?: string; official?: PersonId }) => void;
}

/** Which day, and whose. */
export function DayTools({ date, today, official, step, go }: Props) {
  const t = useMessages(messages);
  const me = useSignedIn();
  const officials = useQuery(setupQueries.officials);
  const names = officials.data ?? [];
  const known = names.some((one) => one.id === official);
  return (
    <div className={styles.tools}>
      <div className={styles.step}>
        <Button
          variant="secondary"
          icon={ChevronLeft}
          iconOnly
          onClick={() => go({ date: addDays(date, -step) })}
        >
          {step === 1 ? t("tools.previous_day") : t("tools.previous_week")}
        </Button>
        <Button
          variant="secondary"
          aria-disabled={date === today}
          onClick={() => {
            if (date !== today) go({ date: today });
          }}
        >
          {t("tools.today")}
        </Button>
        <Button
          variant="secondary"
          icon={ChevronRight}
          iconOnly
          onClick={() => go({ date: addDays(date, step) })}
        >
          {step === 1 ? t("tools.next_day") : t("tools.next_week")}
        </Button>
      </div>
      <DateField
        label={t("tools.date")}
        value={date}
        onChange={(day) => {
          if (day !== "") go({ date: day });
        }}
      />
      <Select
        label={t("tools.official")}
        value={official}
        options={[
          ...(known ? [] : [{ value: official, label: official === me.id ? me.name : "…" }]),
          ...names.map((one) => ({
            value: one.id,
            label: one.id === me.id ? t("tools.me", { name: one.name }) : one.name,
          })),
        ]}
        onChange={(event) => go({ official: event.target.value })}
      />
    </div>
  );
}
