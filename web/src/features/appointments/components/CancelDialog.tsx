import { useState } from "react";
import type { AppointmentSummary } from "@/api/types";
import { useRefusal } from "@/forms/useRefusal";
import { useFormat, useMessages } from "@/i18n";
import { FormDialog } from "@/ui/aria/FormDialog";
import { TextArea } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { useCancel } from "../api/appointments";
import { messages } from "../messages";

/** Longest message to a citizen and note to a colleague, in characters (booking's own limit). */
export const MESSAGE_MAX = 2000;

export function CancelDialog({
  appointment,
  onClose,
}: {
  appointment: AppointmentSummary;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const format = useFormat();
  const refusal = useRefusal(t);
  const cancel = useCancel(appointment.id);
  const [message, setMessage] = useState("");

  async function submit() {
    if ([...message.trim()].length > MESSAGE_MAX) {
      return refusal.refuse([{ field: "message", reason: "too_long" }]);
    }
    try {
      await cancel.mutateAsync({ version: appointment.version, message: message.trim() });
      toast(t("cancel.did", { name: appointment.name }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <FormDialog
      title={t("cancel.title", { name: appointment.name })}
      summary={refusal.summary}
      confirm={t("cancel.confirm")}
      keep={t("cancel.keep")}
      variant="danger"
      busy={cancel.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>
        {t("cancel.body", {
          date: format.longDate(appointment.start),
          time: format.time(appointment.start),
        })}
      </p>
      <TextArea
        id={refusal.idOf("message")}
        label={t("cancel.message")}
        hint={t("message_hint")}
        error={refusal.errorOf("message")}
        optional
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
    </FormDialog>
  );
}
