import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import type { AppointmentSummary } from "@/api/types";
import { setupQueries } from "@/features/booking-setup/api/setup";
import { LoadFailed } from "@/forms/LoadFailed";
import { useRefusal } from "@/forms/useRefusal";
import { useFormat, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { FormDialog } from "@/ui/aria/FormDialog";
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
  const format = useFormat();
  const refusal = useRefusal(t);
  const officials = useQuery(setupQueries.officials);
  const handOver = useHandOver(appointment.id);
  const [official, setOfficial] = useState("");
  const [note, setNote] = useState("");

  async function submit() {
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

  const title = t("hand_over.title", { name: appointment.name });
  if (!officials.data) {
    return (
      <Dialog open title={title} onClose={onClose}>
        {officials.isError ? (
          <LoadFailed error={officials.error} onRetry={() => void officials.refetch()} />
        ) : (
          <Skeleton />
        )}
      </Dialog>
    );
  }
  const others = officials.data.filter((one) => one.id !== appointment.official);
  return (
    <FormDialog
      title={title}
      summary={refusal.summary}
      confirm={t("hand_over.confirm")}
      busy={handOver.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
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
    </FormDialog>
  );
}
