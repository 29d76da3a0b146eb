import { CalendarClock, CircleCheck, CircleSlash } from "lucide-react";
import type { Room } from "@/api/types";
import { useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { messages } from "../messages";
import { isDue } from "../model/agenda";

export function RoomStatusBadge({ room, now }: { room: Room; now: number }) {
  const t = useMessages(messages);
  switch (room.status) {
    case "live":
      return <Badge tone="live">{t("status.live")}</Badge>;
    case "ended":
      return <Badge icon={CircleCheck}>{t("status.ended")}</Badge>;
    case "cancelled":
      return <Badge icon={CircleSlash}>{t("status.cancelled")}</Badge>;
    case "planned":
      return isDue(room, now) ? (
        <Badge tone="info" icon={CalendarClock}>
          {t("status.due")}
        </Badge>
      ) : (
        <Badge icon={CalendarClock}>{t("status.planned")}</Badge>
      );
  }
}
