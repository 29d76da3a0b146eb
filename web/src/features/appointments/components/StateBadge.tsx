import { CircleCheck, CircleSlash, Clock, DoorOpen, Megaphone, UserRoundX } from "lucide-react";
import type { AppointmentSummary } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { messages } from "../messages";

/** Where an appointment stands, in a word or two. */
export function StateBadge({ appointment }: { appointment: AppointmentSummary }) {
  const t = useMessages(messages);
  const format = useFormat();
  switch (appointment.state) {
    case "held":
    case "expired":
      return null;
    case "confirmed":
      return appointment.waiting_now > 0 ? (
        <Badge tone="warn" icon={DoorOpen}>
          {t("state.waits_video", { count: appointment.waiting_now })}
        </Badge>
      ) : null;
    case "arrived":
      return (
        <>
          <Badge tone="warn" icon={Clock}>
            {appointment.arrived_at
              ? t("state.arrived_at", { time: format.time(appointment.arrived_at) })
              : t("state.arrived")}
          </Badge>
          {appointment.waiting_now > 0 ? (
            <Badge tone="warn" icon={DoorOpen}>
              {t("state.waits_video", { count: appointment.waiting_now })}
            </Badge>
          ) : null}
          {appointment.called_at ? (
            <Badge tone="info" icon={Megaphone}>
              {t("state.called_at", { time: format.time(appointment.called_at) })}
            </Badge>
          ) : null}
        </>
      );
    case "in_progress":
      return <Badge tone="live">{t("state.in_progress")}</Badge>;
    case "done":
      return (
        <Badge tone="good" icon={CircleCheck}>
          {t("state.done")}
        </Badge>
      );
    case "no_show":
      return <Badge icon={UserRoundX}>{t("state.no_show")}</Badge>;
    case "cancelled":
      return <Badge icon={CircleSlash}>{t("state.cancelled")}</Badge>;
  }
}
