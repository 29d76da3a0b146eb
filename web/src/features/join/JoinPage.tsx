import { useCallback, useEffect, useRef, useState } from "react";
import type { ProbeGrant } from "@/api/types";
import { PublicLayout } from "@/app/PublicLayout";
import { readStored, setLanguage, useMessages } from "@/i18n";
import { unsupported } from "@/rtc";
import { PageHeader } from "@/ui/PageHeader";
import { lookUpLink, redeemLink } from "./api";
import { EntryProblemView } from "./components/EntryProblem";
import { Looking } from "./components/Looking";
import { Lobby } from "./components/Lobby";
import { Meeting } from "./components/Meeting";
import { Opening } from "./components/Opening";
import { VisitView } from "./components/VisitView";
import { type LinkState, useLink } from "./hooks/useLink";
import { useVisit } from "./hooks/useVisit";
import { messages } from "./messages";
import { keptPlace } from "./model/place";
import { entryProblem, previewProblem } from "./model/problem";

/** The secret stands behind `#`, which browsers don't send to any server. */
function useSecret(): string {
  const read = () => location.hash.slice(1);
  const [secret, setSecret] = useState(read);
  useEffect(() => {
    const changed = () => setSecret(read());
    addEventListener("hashchange", changed);
    return () => removeEventListener("hashchange", changed);
  }, []);
  return secret;
}

export default function JoinPage() {
  const secret = useSecret();
  if (secret === "") {
    return (
      <PublicLayout>
        <EntryProblemView problem="no_link" />
      </PublicLayout>
    );
  }
  return <Linked key={secret} secret={secret} />;
}

function Linked({ secret }: { secret: string }) {
  const { state, again } = useLink(secret);

  // The invitation's language, unless this reader has chosen one here.
  const language = state.kind === "found" ? state.preview.language : null;
  useEffect(() => {
    if (language && readStored() === null) void setLanguage(language, false);
  }, [language]);

  if (state.kind === "looking") {
    return (
      <PublicLayout>
        <Looking />
      </PublicLayout>
    );
  }
  if (state.kind === "failed") {
    return (
      <PublicLayout>
        <EntryProblemView problem={entryProblem(state.problem.code)} onRetry={again} />
      </PublicLayout>
    );
  }
  const lacking = unsupported();
  const problem =
    previewProblem(state.preview) ??
    (lacking === "insecure" ? "insecure" : lacking === "browser" ? "unsupported" : null);
  if (problem) {
    return (
      <PublicLayout>
        <EntryProblemView problem={problem} />
      </PublicLayout>
    );
  }
  return <Guest secret={secret} found={state} />;
}

function Guest({
  secret,
  found: { preview, skewMs },
}: {
  secret: string;
  found: Extract<LinkState, { kind: "found" }>;
}) {
  const t = useMessages(messages);
  const [kept] = useState(() => keptPlace(secret));
  const [early, setEarly] = useState(() => Date.parse(preview.opens_at) > Date.now() + skewMs);
  // The grant that came with the meeting is good for the first check; a later one asks anew.
  const granted = useRef<ProbeGrant | null>(preview.probe);
  const probe = useCallback(async () => {
    const first = granted.current;
    granted.current = null;
    return first ?? (await lookUpLink(secret, new AbortController().signal)).probe;
  }, [secret]);
  const visit = useVisit({
    subject: secret,
    kept,
    grant: (name, resume, signal) => redeemLink(secret, name, resume, signal),
  });
  if (!visit) return null;
  return (
    <VisitView
      visit={visit}
      title={preview.title}
      staff={false}
      lobby={
        <>
          <PageHeader over={preview.office_name} title={t("title.lobby")} />
          <Lobby
            local={visit.local}
            probe={probe}
            suggestedName={preview.suggested_name}
            joinLabel={t(preview.waiting_room ? "join_waiting" : "join")}
            notYet={
              early ? (
                <Opening preview={preview} skewMs={skewMs} onOpen={() => setEarly(false)} />
              ) : undefined
            }
            about={<Meeting preview={preview} />}
            onJoin={visit.join}
          />
        </>
      }
    />
  );
}
