import { useCallback, useEffect, useState } from "react";
import { Redirect, useLocation, useParams } from "wouter";
import { PublicLayout } from "@/app/PublicLayout";
import { api, call } from "@/api/client";
import { ApiProblem } from "@/api/problem";
import type { Room } from "@/api/types";
import { joinRoom, probeGrant } from "@/features/join/api";
import { EntryProblemView } from "@/features/join/components/EntryProblem";
import { Lobby } from "@/features/join/components/Lobby";
import { RoomFacts } from "./components/RoomFacts";
import { VisitView } from "@/features/join/components/VisitView";
import { useVisit } from "@/features/join/hooks/useVisit";
import { keptPlace } from "@/features/join/model/place";
import { entryProblem, previewProblem } from "@/features/join/model/problem";
import { signInAddress } from "@/features/session/model/returnTo";
import { useMessages } from "@/i18n";
import { unsupported } from "@/rtc";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import { messages } from "./messages";

type Loaded = { room: Room } | { problem: ApiProblem } | null;

/** A colleague's way into a room: the short lobby, then the call. */
export default function StaffCallPage() {
  const { room: id } = useParams<{ room: string }>();
  const [path] = useLocation();
  const [loaded, setLoaded] = useState<Loaded>(null);
  const [attempt, setAttempt] = useState(0);

  useEffect(() => {
    const stop = new AbortController();
    call(
      api.GET("/api/v1/rooms/{room}", { params: { path: { room: id } }, signal: stop.signal }),
    ).then(
      (room) => setLoaded({ room }),
      (error: unknown) => {
        if (!stop.signal.aborted) setLoaded({ problem: ApiProblem.from(error) });
      },
    );
    return () => stop.abort();
  }, [id, attempt]);

  if (!loaded) return <PageSpinner />;
  if ("problem" in loaded) {
    if (loaded.problem.code === "unauthenticated")
      return <Redirect to={signInAddress(path)} replace />;
    const code = loaded.problem.code;
    return (
      <PublicLayout>
        <EntryProblemView
          problem={entryProblem(code)}
          onRetry={() => {
            setLoaded(null);
            setAttempt((count) => count + 1);
          }}
        />
      </PublicLayout>
    );
  }
  const lacking = unsupported();
  const problem =
    previewProblem(loaded.room) ??
    (lacking === "insecure" ? "insecure" : lacking === "browser" ? "unsupported" : null);
  if (problem) {
    return (
      <PublicLayout>
        <EntryProblemView problem={problem} />
      </PublicLayout>
    );
  }
  return <Colleague key={loaded.room.id} room={loaded.room} />;
}

function Colleague({ room }: { room: Room }) {
  const t = useMessages(messages);
  const [kept] = useState(() => keptPlace(room.id));
  const grant = useCallback(
    (_name: string, _resume: string | undefined, signal: AbortSignal) => joinRoom(room.id, signal),
    [room.id],
  );
  const visit = useVisit({ subject: room.id, kept, grant });
  if (!visit) return null;
  return (
    <VisitView
      visit={visit}
      title={room.title}
      staff
      lobby={
        <>
          <PageHeader over={t("staff.lobby_title")} title={room.title} />
          <Lobby
            local={visit.local}
            probe={probeGrant}
            suggestedName={null}
            joinLabel={t("staff.start")}
            about={<RoomFacts room={room} />}
            onJoin={visit.join}
          />
        </>
      }
    />
  );
}
