import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { AppointmentSummary } from "@/api/types";
import { setupQueries } from "@/features/booking-setup/api/setup";
import formStyles from "@/forms/forms.module.css";
import { LoadFailed } from "@/forms/LoadFailed";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { Select, TextArea } from "@/ui/Field";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { useHandOver } from "../api/appointments";
import { messages } from "../messages";
import { MESSAGE_MAX } from "./CancelDialog";

/** A colleague takes over at the same hour, and finds the note among the notes. */
export function HandOverDialog({
  appointment,
  onClose,
}: {
  appointment: AppointmentSummary;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const refusal = useRefusal(t);
  const officials = useQuery(setupQueries.officials);
  const handOver = useHandOver(appointment.id);
  const [official, setOfficial] = useState("");
  const [note, setNote] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
    if (official === "") return refusal.refuse([{ field: "official", reason: "missing" }]);
    if ([...note.trim()].length > MESSAGE_MAX) {
      return refusal.refuse([{ field: "note", reason: "too_long" }]);
    }
    try {
      const changed = await handOver.mutateAsync({
        version: appointment.version,
        official,
        note: note.trim(),
      });
      toast(t("hand_over.did", { name: appointment.name, official: changed.official_name }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error, { slot_taken: { field: "official", reason: "busy" } });
    }
  }

  const others = (officials.data ?? []).filter((one) => one.id !== appointment.official);
  return (
    <Dialog open title={t("hand_over.title", { name: appointment.name })} onClose={onClose}>
      {officials.isPending ? <Skeleton /> : null}
      {officials.isError ? (
        <LoadFailed error={officials.error} onRetry={() => void officials.refetch()} />
      ) : null}
      {officials.data ? (
        <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
          {refusal.summary}
          <p>
            {t("hand_over.body", {
              date: format.longDate(appointment.start),
              time: format.time(appointment.start),
              official: appointment.official_name,
            })}
          </p>
          <Select
            id={refusal.idOf("official")}
            label={t("hand_over.official")}
            error={refusal.errorOf("official")}
            value={official}
            options={[
              { value: "", label: t("hand_over.choose") },
              ...others.map((one) => ({ value: one.id, label: one.name })),
            ]}
            onChange={(event) => setOfficial(event.target.value)}
          />
          <TextArea
            id={refusal.idOf("note")}
            label={t("hand_over.note")}
            hint={t("hand_over.note_hint")}
            error={refusal.errorOf("note")}
            optional
            value={note}
            onChange={(event) => setNote(event.target.value)}
          />
          <div className={formStyles.actions}>
            <Button type="submit" busy={handOver.isPending}>
              {t("hand_over.confirm")}
            </Button>
            <Button variant="secondary" onClick={onClose}>
              {common("actions.cancel")}
            </Button>
          </div>
        </form>
      ) : null}
    </Dialog>
  );
}
