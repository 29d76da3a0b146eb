import { type FormEvent, useState } from "react";
import type { AppointmentSummary, ExceptionKind, NewException } from "@/api/types";
import { useToday } from "@/features/appointments/hooks/useToday";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { DateField } from "@/ui/aria/DateField";
import { Dialog } from "@/ui/aria/Dialog";
import { TimeField } from "@/ui/aria/TimeField";
import { Button } from "@/ui/Button";
import { Checkbox, Select, TextField } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { previewException, useAddException } from "../api/setup";
import { messages } from "../messages";
import { type ExceptionForm, exceptionOf, faults } from "../model/exception";
import { StrandingDialog } from "./StrandingDialog";
import styles from "./Setup.module.css";

interface Props {
  kind: ExceptionKind;
  /** The official or the place; none when the office is closed. */
  whom: string | null;
  /** Officials or places that may stand in. */
  substitutes: readonly { id: string; name: string }[];
  onClose: () => void;
}

/** Somebody will be away or there longer, or the office or a place is closed. */
export function ExceptionDialog({ kind, whom, substitutes, onClose }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const add = useAddException();
  const today = useToday();
  const [form, setForm] = useState<ExceptionForm>({
    kind,
    whom,
    fromDate: "",
    toDate: "",
    wholeDay: kind !== "extra_hours",
    from: kind === "extra_hours" ? 16 * 60 : null,
    to: kind === "extra_hours" ? 18 * 60 : null,
    substitute: "",
    note: "",
  });
  const [checking, setChecking] = useState(false);
  const [stranding, setStranding] = useState<{
    body: NewException;
    appointments: AppointmentSummary[];
  } | null>(null);
  const set = (change: Partial<ExceptionForm>) => setForm((before) => ({ ...before, ...change }));

  async function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    const found = faults(form);
    if (found.length > 0) return refusal.refuse(found);
    refusal.clear();
    const body = exceptionOf(form);
    setChecking(true);
    try {
      const { appointments } = await previewException(body);
      if (appointments.length > 0) setStranding({ body, appointments });
      else await store(body);
    } catch (error) {
      refusal.refuseWith(error);
    }
    setChecking(false);
  }

  async function store(body: NewException) {
    await add.mutateAsync(body);
    toast(t("exceptions.added"));
    onClose();
  }

  async function confirm(body: NewException) {
    try {
      await store(body);
    } catch (error) {
      setStranding(null);
      refusal.refuseWith(error);
    }
  }

  if (stranding) {
    return (
      <StrandingDialog
        appointments={stranding.appointments}
        busy={add.isPending}
        onConfirm={() => void confirm(stranding.body)}
        onClose={() => setStranding(null)}
      />
    );
  }
  return (
    <Dialog open title={t(`exceptions.title.${kind}`)} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <div className={styles.row}>
          <DateField
            id={refusal.idOf("from_date")}
            label={t("exceptions.from_date")}
            error={refusal.errorOf("from_date")}
            from={today}
            value={form.fromDate}
            onChange={(fromDate) =>
              set({ fromDate, ...(form.toDate === "" ? { toDate: fromDate } : {}) })
            }
          />
          <DateField
            id={refusal.idOf("to_date")}
            label={t("exceptions.to_date")}
            error={refusal.errorOf("to_date")}
            from={today}
            value={form.toDate}
            onChange={(toDate) => set({ toDate })}
          />
        </div>
        {kind === "extra_hours" ? null : (
          <Checkbox
            label={t("exceptions.whole_day")}
            checked={form.wholeDay}
            onChange={(event) => set({ wholeDay: event.target.checked })}
          />
        )}
        {form.wholeDay ? null : (
          <div className={styles.row}>
            <TimeField
              id={refusal.idOf("from")}
              label={t("hours.from")}
              error={refusal.errorOf("from")}
              value={form.from}
              onChange={(from) => set({ from })}
            />
            <TimeField
              id={refusal.idOf("to")}
              label={t("hours.to")}
              end
              error={refusal.errorOf("to")}
              value={form.to}
              onChange={(to) => set({ to })}
            />
          </div>
        )}
        {kind === "absence" || kind === "resource_closure" ? (
          <Select
            id={refusal.idOf(kind === "absence" ? "substitute" : "substitute_resource")}
            label={t(kind === "absence" ? "exceptions.who_stands_in" : "place.instead")}
            hint={t(kind === "absence" ? "exceptions.substitute_hint" : "place.instead_hint")}
            error={refusal.errorOf(kind === "absence" ? "substitute" : "substitute_resource")}
            optional
            value={form.substitute}
            options={[
              { value: "", label: t(kind === "absence" ? "exceptions.nobody" : "place.nowhere") },
              ...substitutes
                .filter((one) => one.id !== whom)
                .map((one) => ({ value: one.id, label: one.name })),
            ]}
            onChange={(event) => set({ substitute: event.target.value })}
          />
        ) : null}
        <TextField
          id={refusal.idOf("note")}
          label={t("exceptions.note")}
          hint={t("exceptions.note_hint")}
          error={refusal.errorOf("note")}
          optional
          autoComplete="off"
          value={form.note}
          onChange={(event) => set({ note: event.target.value })}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={checking || add.isPending}>
            {common("actions.save")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
