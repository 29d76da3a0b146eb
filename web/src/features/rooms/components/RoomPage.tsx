import { useQuery } from "@tanstack/react-query";
import { DoorOpen, Pencil, Users } from "lucide-react";
import { useState } from "react";
import { useParams } from "wouter";
import type { Room } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button, ButtonLink } from "@/ui/Button";
import { Facts } from "@/ui/Card";
import { Link } from "@/ui/Link";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import { roomQueries } from "../api/rooms";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import { isOver, moderates } from "../model/agenda";
import { AttendancePanel } from "./AttendancePanel";
import { CancelRoomDialog } from "./CancelRoomDialog";
import { InviteesPanel } from "./InviteesPanel";
import { LinksPanel } from "./LinksPanel";
import { Panel } from "./Panel";
import styles from "./RoomPage.module.css";
import { RoomProblem } from "./RoomProblem";
import { RoomStatusBadge } from "./RoomStatusBadge";

export default function RoomPage() {
  const { room: id = "" } = useParams();
  const room = useQuery(roomQueries.one(id));
  if (room.isPending) return <PageSpinner />;
  if (!room.data) return <RoomProblem error={room.error} onRetry={() => void room.refetch()} />;
  return (
    <>
      {room.isError ? <LoadFailed error={room.error} onRetry={() => void room.refetch()} /> : null}
      <ShownRoom key={room.data.id} room={room.data} />
    </>
  );
}

function ShownRoom({ room }: { room: Room }) {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow();
  const [cancelling, setCancelling] = useState(false);
  const moderator = moderates(room);
  const over = isOver(room);
  return (
    <>
      <PageHeader
        title={room.title}
        over={
          <span className={styles.over}>
            <Link href="/rooms">{t("room.back")}</Link>
            <RoomStatusBadge room={room} now={now} />
          </span>
        }
        lead={
          <time dateTime={room.starts_at}>
            {format.longDate(room.starts_at)},{" "}
            <span className={styles.range}>
              {format.range(room.starts_at, room.duration_minutes)}
            </span>
          </time>
        }
        actions={
          over ? null : (
            <ButtonLink href={`/rooms/${room.id}/call`} size="l" icon={DoorOpen}>
              {t("room.enter")}
            </ButtonLink>
          )
        }
      />
      <div className={styles.columns}>
        <div className={styles.main}>
          {moderator || room.invitees.length > 0 ? <InviteesPanel room={room} /> : null}
          {moderator ? <LinksPanel room={room} now={now} /> : null}
          {moderator ? <AttendancePanel room={room} /> : null}
        </div>
        <div className={styles.side}>
          {over ? null : <NowPanel room={room} />}
          <Panel
            heading={t("room.details")}
            action={
              moderator && !over ? (
                <ButtonLink
                  href={`/rooms/${room.id}/edit`}
                  variant="secondary"
                  size="s"
                  icon={Pencil}
                >
                  {t("room.edit")}
                </ButtonLink>
              ) : null
            }
          >
            {room.description ? <p className={styles.description}>{room.description}</p> : null}
            <RoomFacts room={room} />
            {moderator && !over ? (
              <div>
                <Button variant="secondary" size="s" onClick={() => setCancelling(true)}>
                  {t("room.cancel")}
                </Button>
              </div>
            ) : null}
          </Panel>
        </div>
      </div>
      {cancelling ? <CancelRoomDialog room={room} onClose={() => setCancelling(false)} /> : null}
    </>
  );
}

function RoomFacts({ room }: { room: Room }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  return (
    <Facts
      items={[
        { term: t("room.host"), value: room.host_name },
        { term: t("room.my_role"), value: common(`room_role.${room.my_role}`) },
        {
          term: t("form.waiting_room"),
          value: room.waiting_room ? t("room.waiting_room_on") : t("room.waiting_room_off"),
        },
      ]}
    />
  );
}

function NowPanel({ room }: { room: Room }) {
  const t = useMessages(messages);
  const nobody = room.participants_now === 0 && room.waiting_now === 0;
  return (
    <Panel heading={t("room.now")}>
      <div role="status" className={styles.counts}>
        {nobody ? <p className={styles.soft}>{t("room.nobody_now")}</p> : null}
        {room.waiting_now > 0 ? (
          <Badge tone="warn">{t("waiting_now", { count: room.waiting_now })}</Badge>
        ) : null}
        {room.participants_now > 0 ? (
          <Badge icon={Users}>{t("in_room_now", { count: room.participants_now })}</Badge>
        ) : null}
      </div>
    </Panel>
  );
}
