import type { Room } from "@/api/types";
import { messages as joinMessages } from "@/features/join/messages";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { Card, Facts } from "@/ui/Card";

/** The meeting in short, for a colleague who is about to enter. */
export function RoomFacts({ room }: { room: Room }) {
  const t = useMessages(joinMessages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  return (
    <Card>
      <Facts
        items={[
          {
            term: t("meeting.when"),
            value: `${format.longDate(room.starts_at)}, ${format.range(room.starts_at, room.duration_minutes)}`,
          },
          { term: common("room_role.host"), value: room.host_name },
          { term: t("meeting.your_role"), value: common(`room_role.${room.my_role}`) },
        ]}
      />
    </Card>
  );
}
