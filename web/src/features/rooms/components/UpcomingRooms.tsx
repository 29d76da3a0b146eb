import { useQuery } from "@tanstack/react-query";
import { CalendarDays } from "lucide-react";
import { type ReactNode, useId } from "react";
import type { Room } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { ButtonLink } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Spinner";
import { roomQueries } from "../api/rooms";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import { agenda } from "../model/agenda";
import { RoomCard } from "./RoomCard";
import styles from "./RoomList.module.css";

export function UpcomingRooms() {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow();
  const rooms = useQuery(roomQueries.list("upcoming"));
  if (rooms.isPending) return <Skeleton lines={5} />;
  if (!rooms.data) return <LoadFailed error={rooms.error} onRetry={() => void rooms.refetch()} />;

  if (rooms.data.length === 0) {
    return (
      <EmptyState
        icon={CalendarDays}
        title={t("list.empty_title")}
        action={
          <ButtonLink href="/rooms/new" variant="secondary">
            {t("list.plan")}
          </ButtonLink>
        }
      >
        {t("list.empty_body")}
      </EmptyState>
    );
  }

  const { live, today, later } = agenda(rooms.data, now);
  return (
    <div className={styles.sections}>
      {rooms.isError ? (
        <LoadFailed error={rooms.error} onRetry={() => void rooms.refetch()} />
      ) : null}
      {live.length > 0 ? (
        <Day heading={t("list.live")}>
          <Rooms rooms={live} now={now} />
        </Day>
      ) : null}
      <Day heading={t("list.today", { date: format.longDate(now) })}>
        {today.length > 0 ? (
          <Rooms rooms={today} now={now} />
        ) : (
          <p className={styles.none}>{t("list.nothing_today")}</p>
        )}
      </Day>
      {later.map(({ day, rooms: ofDay }) => (
        <Day key={day} heading={upper(format.longDate(ofDay[0]?.starts_at ?? now))}>
          <Rooms rooms={ofDay} now={now} />
        </Day>
      ))}
    </div>
  );
}

function Day({ heading, children }: { heading: string; children: ReactNode }) {
  const id = useId();
  return (
    <section className={styles.section} aria-labelledby={id}>
      <h2 id={id}>{heading}</h2>
      {children}
    </section>
  );
}

function Rooms({ rooms, now }: { rooms: readonly Room[]; now: number }) {
  return (
    <ul role="list" className={styles.list}>
      {rooms.map((room) => (
        <li key={room.id}>
          <RoomCard room={room} now={now} />
        </li>
      ))}
    </ul>
  );
}

/** Polish and Ukrainian write days of the week small; a heading still begins with a capital. */
function upper(text: string): string {
  return text.charAt(0).toLocaleUpperCase() + text.slice(1);
}
