import { CalendarPlus, Video } from "lucide-react";
import { useState } from "react";
import { useMessages } from "@/i18n";
import { Tabs } from "@/ui/aria/Tabs";
import { Button, ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import { PastRooms } from "./PastRooms";
import { StartNowDialog } from "./StartNowDialog";
import { UpcomingRooms } from "./UpcomingRooms";

export default function RoomsPage() {
  const t = useMessages(messages);
  const [starting, setStarting] = useState(false);
  return (
    <>
      <PageHeader
        title={t("list.title")}
        actions={
          <>
            <Button icon={Video} onClick={() => setStarting(true)}>
              {t("list.start_now")}
            </Button>
            <ButtonLink href="/rooms/new" variant="secondary" icon={CalendarPlus}>
              {t("list.plan")}
            </ButtonLink>
          </>
        }
      />
      <Tabs
        label={t("list.tabs")}
        tabs={[
          { id: "upcoming", label: t("list.upcoming"), content: <UpcomingRooms /> },
          { id: "past", label: t("list.past"), content: <PastRooms /> },
        ]}
      />
      {starting ? <StartNowDialog onClose={() => setStarting(false)} /> : null}
    </>
  );
}
