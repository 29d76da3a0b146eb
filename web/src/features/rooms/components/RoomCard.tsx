import { Users } from "lucide-react";
import { useSignedIn } from "@/api/me";
import type { Room } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { ButtonLink } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { cx } from "@/ui/cx";
import { Link } from "@/ui/Link";
import { messages } from "../messages";
import { isDue, isOver } from "../model/agenda";
import styles from "./RoomList.module.css";
import { RoomStatusBadge } from "./RoomStatusBadge";

interface Props {
  room: Room;
  now: number;
  /** Names the day as well, where no heading does. */
  withDay?: boolean;
  /** Of its heading: 3 below a day's heading, 2 without one. */
  level?: 2 | 3;
}

export function RoomCard({ room, now, withDay = false, level = 3 }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const me = useSignedIn();
  const Heading = `h${level}` as const;
  const failed = room.invitees.filter((invitee) => invitee.delivery.state === "failed").length;
  return (
    <Card className={cx(styles.card, room.status === "live" && styles.live)}>
      <p className={styles.time}>
        {withDay ? <span className={styles.day}>{format.date(room.starts_at)}</span> : null}
        <time dateTime={room.starts_at}>{format.range(room.starts_at, room.duration_minutes)}</time>
      </p>
      <div className={styles.what}>
        <Heading className={styles.title}>
          <Link href={`/rooms/${room.id}`}>{room.title}</Link>
        </Heading>
        <p className={styles.meta}>
          <span>
            {room.host === me.id
              ? t("card.you_host")
              : t("card.hosted_by", { name: room.host_name })}
          </span>
          {room.status === "planned" && !isDue(room, now) ? null : (
            <RoomStatusBadge room={room} now={now} />
          )}
          {room.waiting_now > 0 ? (
            <Badge tone="warn">{t("waiting_now", { count: room.waiting_now })}</Badge>
          ) : null}
          {room.participants_now > 0 ? (
            <Badge icon={Users}>{t("in_room_now", { count: room.participants_now })}</Badge>
          ) : null}
          {room.invitees.length > 0 && room.participants_now === 0 ? (
            <span>{t("invited", { count: room.invitees.length })}</span>
          ) : null}
          {failed > 0 ? <Badge tone="bad">{t("card.mail_failed", { count: failed })}</Badge> : null}
        </p>
      </div>
      {isOver(room) ? null : (
        <ButtonLink
          href={`/rooms/${room.id}/call`}
          variant={room.status === "live" || isDue(room, now) ? "primary" : "secondary"}
          className={styles.enter ?? ""}
        >
          <span aria-hidden>{t("card.enter")}</span>
          <span className="visually-hidden">{t("card.enter_label", { title: room.title })}</span>
        </ButtonLink>
      )}
    </Card>
  );
}
