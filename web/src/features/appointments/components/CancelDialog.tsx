import { type FormEvent, useState } from "react";
import type { AppointmentSummary } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { useFormat, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
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

  async function submit(event: FormEvent) {
    event.preventDefault();
    event.stopPropagation();
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
    <Dialog open title={t("cancel.title", { name: appointment.name })} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
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
        <div className={formStyles.actions}>
          <Button type="submit" variant="danger" busy={cancel.isPending}>
            {t("cancel.confirm")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {t("cancel.keep")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
