import { lazy, type ReactNode, Suspense, useEffect, useRef } from "react";
import { useStore } from "zustand";
import { PublicLayout } from "@/app/PublicLayout";
import { useMessages } from "@/i18n";
import type { Call } from "@/rtc";
import { PageSpinner } from "@/ui/Spinner";
import type { Visit } from "../hooks/useVisit";
import { messages } from "../messages";
import { chime } from "../model/chime";
import { Connecting } from "./Connecting";
import { Ended } from "./Ended";
import { WaitingRoom } from "./WaitingRoom";

const callScreen = () => import("@/features/call/CallScreen");
const CallScreen = lazy(callScreen);

interface Props {
  visit: Visit;
  title: string;
  staff: boolean;
  /** Shown until one joins. */
  lobby: ReactNode;
}

/** Lobby, waiting room, call, and what comes after, one after the other. */
export function VisitView({ visit, title, staff, lobby }: Props) {
  if (!visit.call) return <PublicLayout>{lobby}</PublicLayout>;
  return <During visit={visit} call={visit.call} title={title} staff={staff} />;
}

function During({ visit, call, title, staff }: Omit<Props, "lobby"> & { call: Call }) {
  const stage = useStore(call.store, (state) => state.stage);
  const ended = useStore(call.store, (state) => state.ended);
  const t = useMessages(messages);

  // Fetched while one waits, so that admission shows the room at once.
  useEffect(() => void callScreen(), []);

  const waited = useRef(false);
  useEffect(() => {
    if (stage === "waiting") waited.current = true;
    else if (stage === "inside" && waited.current) {
      waited.current = false;
      chime("admitted");
    }
  }, [stage]);

  if (ended) {
    return (
      <PublicLayout>
        <Ended reason={ended} title={title} staff={staff} onRejoin={visit.rejoin} />
      </PublicLayout>
    );
  }
  switch (stage) {
    case "outside":
      return (
        <PublicLayout>
          <Connecting call={call} title={title} />
        </PublicLayout>
      );
    case "waiting":
      return (
        <PublicLayout>
          <WaitingRoom call={call} title={title} />
        </PublicLayout>
      );
    case "inside":
      return (
        <Suspense
          fallback={
            <>
              <p className="visually-hidden" role="status">
                {t("loading_call")}
              </p>
              <PageSpinner />
            </>
          }
        >
          <CallScreen call={call} />
        </Suspense>
      );
  }
}
