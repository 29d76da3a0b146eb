import { useQuery } from "@tanstack/react-query";
import { CalendarDays } from "lucide-react";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { Skeleton } from "@/ui/Spinner";
import { roomQueries } from "../api/rooms";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import { RoomCard } from "./RoomCard";
import styles from "./RoomList.module.css";

export function PastRooms() {
  const t = useMessages(messages);
  const now = useNow();
  const rooms = useQuery(roomQueries.list("past"));
  if (rooms.isPending) return <Skeleton lines={5} />;
  if (!rooms.data) return <LoadFailed error={rooms.error} onRetry={() => void rooms.refetch()} />;
  if (rooms.data.length === 0) {
    return <EmptyState icon={CalendarDays} title={t("list.past_empty")} />;
  }
  const newestFirst = [...rooms.data].sort((a, b) => b.starts_at.localeCompare(a.starts_at));
  return (
    <ul role="list" className={styles.list}>
      {newestFirst.map((room) => (
        <li key={room.id}>
          <RoomCard room={room} now={now} withDay level={2} />
        </li>
      ))}
    </ul>
  );
}
