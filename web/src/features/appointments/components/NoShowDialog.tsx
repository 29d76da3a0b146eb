import type { AppointmentSummary } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { messages } from "../messages";

interface Props {
  appointment: AppointmentSummary;
  busy: boolean;
  onConfirm: () => void;
  onClose: () => void;
}

export function NoShowDialog({ appointment, busy, onConfirm, onClose }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  return (
    <ConfirmDialog
      open
      title={t("no_show.title", { name: appointment.name })}
      confirm={t("no_show.confirm")}
      keep={t("no_show.keep")}
      variant="primary"
      busy={busy}
      onConfirm={onConfirm}
      onClose={onClose}
    >
      <p>{t("no_show.body", { time: format.time(appointment.start) })}</p>
    </ConfirmDialog>
  );
}
