import { useState } from "react";
import type { WaitingEntry } from "@/api/types";
import { useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { FormDialog } from "@/ui/aria/FormDialog";
import { TextArea } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { useRemoveWaiting } from "../api/waiting";
import { messages } from "../messages";
import { MESSAGE_MAX } from "./CancelDialog";

/** Takes somebody off the waiting list, and tells them why. */
export function RemoveWaitingDialog({
  place,
  onClose,
}: {
  place: WaitingEntry;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const remove = useRemoveWaiting();
  const [message, setMessage] = useState("");

  async function submit() {
    if ([...message.trim()].length > MESSAGE_MAX) {
      return refusal.refuse([{ field: "message", reason: "too_long" }]);
    }
    try {
      await remove.mutateAsync({ place: place.id, message: message.trim() });
      toast(t("waiting.removed", { name: place.name }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <FormDialog
      title={t("waiting.remove_title", { name: place.name })}
      summary={refusal.summary}
      confirm={t("waiting.remove_confirm")}
      keep={t("waiting.keep")}
      variant="danger"
      busy={remove.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <p>{t("waiting.remove_body")}</p>
      <TextArea
        id={refusal.idOf("message")}
        label={t("waiting.message")}
        hint={t("message_hint")}
        error={refusal.errorOf("message")}
        optional
        value={message}
        onChange={(event) => setMessage(event.target.value)}
      />
    </FormDialog>
  );
}
