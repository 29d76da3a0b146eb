import { CalendarRange, Copy, Plus, X } from "lucide-react";
import { type FormEvent, useState } from "react";
import type { AppointmentSummary, Hours, Stranded } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { type Refusal, useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { DateField } from "@/ui/aria/DateField";
import { TimeField } from "@/ui/aria/TimeField";
import { Button } from "@/ui/Button";
import { Radios } from "@/ui/Field";
import { Of } from "@/ui/Of";
import { toast } from "@/ui/Toasts";
import { messages } from "../messages";
import {
  clock,
  faults,
  hoursOf,
  likeMonday,
  newSpan,
  type Span,
  spansOf,
  type Weekly,
  WEEKDAYS,
} from "../model/hours";
import { FormChecks } from "./FormChecks";
import { StrandingDialog } from "./StrandingDialog";
import styles from "./Setup.module.css";

interface Props {
  /** A place has no ways to meet, and without hours it is always open. */
  of: "official" | "place";
  hours: readonly Weekly[];
  preview: (hours: Hours[]) => Promise<Stranded>;
  save: (hours: Hours[]) => Promise<{ hours: readonly Weekly[] }>;
  saving: boolean;
}

/** A week's hours, with what a change would strand before it is made. */
export function HoursEditor({ of, hours: before, preview, save, saving }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const [spans, setSpans] = useState(() => spansOf(before));
  const [always, setAlways] = useState(of === "place" && before.length === 0);
  const [checking, setChecking] = useState(false);
  const [stranding, setStranding] = useState<{
    hours: Hours[];
    appointments: AppointmentSummary[];
  } | null>(null);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = always ? [] : faults(spans);
    if (of === "place" && !always && spans.length === 0) {
      found.push({ field: "when", reason: "missing" });
    }
    if (found.length > 0) return refusal.refuse(found);
    refusal.clear();
    const hours = always ? [] : hoursOf(spans);
    setChecking(true);
    try {
      const { appointments } = await preview(hours);
      if (appointments.length > 0) setStranding({ hours, appointments });
      else await store(hours);
    } catch (error) {
      refusal.refuseWith(error);
    }
    setChecking(false);
  }

  async function store(hours: Hours[]) {
    const saved = await save(hours);
    setSpans(spansOf(saved.hours));
    toast(t("hours.saved"));
  }

  async function confirm(hours: Hours[]) {
    try {
      await store(hours);
    } catch (error) {
      refusal.refuseWith(error);
    }
    setStranding(null);
  }

  const set = (id: number, change: Partial<Span>) =>
    setSpans((before) => before.map((one) => (one.id === id ? { ...one, ...change } : one)));

  return (
    <section className={styles.stackSection} aria-labelledby="weekly">
      <h2 id="weekly">{t("hours.weekly")}</h2>
      <form noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        {of === "place" ? (
          <Radios
            legend={t("place.when")}
            name={refusal.idOf("when")}
            error={refusal.errorOf("when")}
            value={always ? "always" : "weekly"}
            onChange={(value) => setAlways(value === "always")}
            options={[
              { value: "always", label: t("place.always") },
              { value: "weekly", label: t("place.weekly") },
            ]}
          />
        ) : null}
        {(always ? [] : WEEKDAYS).map((weekday) => (
          <div
            key={weekday}
            className={styles.weekday}
            role="group"
            aria-labelledby={`wd-${weekday}`}
          >
            <h3 id={`wd-${weekday}`}>{t(`day.${weekday}`)}</h3>
            <div className={styles.spans}>
              {spans
                .filter((span) => span.weekday === weekday)
                .map((span) => (
                  <SpanRow
                    key={span.id}
                    span={span}
                    withForms={of === "official"}
                    refusal={refusal}
                    onChange={(change) => set(span.id, change)}
                    onRemove={() => {
                      setSpans((before) => before.filter((one) => one.id !== span.id));
                      document.getElementById(`add-${weekday}`)?.focus();
                    }}
                  />
                ))}
              <div className={styles.buttons}>
                <Button
                  id={`add-${weekday}`}
                  variant="quiet"
                  size="s"
                  icon={Plus}
                  onClick={() => setSpans((before) => [...before, newSpan(weekday, before)])}
                >
                  <Of of={t(`day.${weekday}`)}>{t("hours.add")}</Of>
                </Button>
                {weekday === 1 && spans.some((span) => span.weekday === 1) ? (
                  <Button
                    variant="quiet"
                    size="s"
                    icon={Copy}
                    onClick={() => setSpans((before) => likeMonday(before))}
                  >
                    {t("hours.like_monday")}
                  </Button>
                ) : null}
              </div>
            </div>
          </div>
        ))}
        <div className={`${formStyles.actions} ${styles.save}`}>
          <Button type="submit" busy={checking || saving}>
            {common("actions.save")}
          </Button>
        </div>
      </form>
      {stranding ? (
        <StrandingDialog
          appointments={stranding.appointments}
          busy={saving}
          onConfirm={() => void confirm(stranding.hours)}
          onClose={() => setStranding(null)}
        />
      ) : null}
    </section>
  );
}

interface RowProps {
  span: Span;
  withForms: boolean;
  refusal: Refusal;
  onChange: (change: Partial<Span>) => void;
  onRemove: () => void;
}

function SpanRow({ span, withForms, refusal, onChange, onRemove }: RowProps) {
  const t = useMessages(messages);
  const [bounded, setBounded] = useState(span.validFrom !== "" || span.validTo !== "");
  const field = (name: string) => `spans.${span.id}.${name}`;
  const name =
    span.from !== null && span.to !== null ? `${clock(span.from)}–${clock(span.to)}` : "";
  return (
    <div className={styles.span}>
      <div className={styles.row}>
        <TimeField
          id={refusal.idOf(field("from"))}
          label={t("hours.from")}
          quiet
          error={refusal.errorOf(field("from"))}
          value={span.from}
          onChange={(from) => onChange({ from })}
        />
        <TimeField
          id={refusal.idOf(field("to"))}
          label={t("hours.to")}
          quiet
          end
          error={refusal.errorOf(field("to"))}
          value={span.to}
          onChange={(to) => onChange({ to })}
        />
        <span className={styles.buttons}>
          {bounded ? null : (
            <Button variant="quiet" size="s" icon={CalendarRange} onClick={() => setBounded(true)}>
              <Of of={name}>{t("hours.bound")}</Of>
            </Button>
          )}
          <Button variant="quiet" size="s" icon={X} onClick={onRemove}>
            <Of of={`${t(`day.${span.weekday as 1 | 2 | 3 | 4 | 5 | 6 | 7}`)} ${name}`}>
              {t("remove")}
            </Of>
          </Button>
        </span>
      </div>
      {withForms ? (
        <FormChecks
          id={refusal.idOf(field("forms"))}
          legend={t("hours.forms", { span: name })}
          hideLegend
          error={refusal.errorOf(field("forms"))}
          value={span.forms}
          onChange={(forms) => onChange({ forms })}
        />
      ) : null}
      {bounded ? (
        <div className={styles.row}>
          <DateField
            label={t("hours.valid_from")}
            quiet
            value={span.validFrom}
            onChange={(validFrom) => onChange({ validFrom })}
          />
          <DateField
            id={refusal.idOf(field("validTo"))}
            label={t("hours.valid_to")}
            quiet
            error={refusal.errorOf(field("validTo"))}
            value={span.validTo}
            onChange={(validTo) => onChange({ validTo })}
          />
        </div>
      ) : null}
    </div>
  );
}
