import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { SessionInfo } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { sessionsQuery, useEndOtherSessions, useEndSession } from "../api/account";
import { messages } from "../messages";
import { describeDevice } from "../model/userAgent";
import { Section } from "./Section";
import styles from "./SessionsSection.module.css";

export function SessionsSection() {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const sessions = useQuery(sessionsQuery);
  const endOthers = useEndOtherSessions();
  const [asking, setAsking] = useState(false);

  const all = sessions.data ?? [];
  const others = all.filter((session) => !session.current).length;
  const sorted = [...all].sort(
    (a, b) => Number(b.current) - Number(a.current) || b.last_seen_at.localeCompare(a.last_seen_at),
  );

  async function end() {
    try {
      await endOthers.mutateAsync();
      toast(t("sessions.ended_others"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    setAsking(false);
  }

  return (
    <Section
      heading={t("sessions.heading")}
      about={t("sessions.about")}
      aside={
        others > 0 ? (
          <Button variant="secondary" size="s" onClick={() => setAsking(true)}>
            {t("sessions.end_others")}
          </Button>
        ) : null
      }
    >
      {sessions.isPending ? <Skeleton /> : null}
      {sessions.isError ? (
        <LoadFailed error={sessions.error} onRetry={() => void sessions.refetch()} />
      ) : null}
      {sessions.data ? (
        <ul role="list" className={styles.list}>
          {sorted.map((session) => (
            <Session key={session.id} session={session} />
          ))}
        </ul>
      ) : null}
      {sessions.data && others === 0 ? <p>{t("sessions.only_this")}</p> : null}
      <ConfirmDialog
        open={asking}
        title={t("sessions.end_others_title")}
        confirm={t("sessions.end_others")}
        busy={endOthers.isPending}
        onConfirm={() => void end()}
        onClose={() => setAsking(false)}
      >
        <p>{t("sessions.end_others_body")}</p>
      </ConfirmDialog>
    </Section>
  );
}

function Session({ session }: { session: SessionInfo }) {
  const t = useMessages(messages);
  const format = useFormat();
  const problemText = useProblemText();
  const end = useEndSession();
  const { browser, system } = describeDevice(session.user_agent);
  const device =
    browser && system
      ? t("sessions.device", { browser, system })
      : (browser ?? system ?? t("sessions.unknown"));
  const since = format.dateTime(session.created_at);

  async function endIt() {
    try {
      await end.mutateAsync(session.id);
      toast(t("sessions.ended"));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  return (
    <li className={styles.session}>
      <div>
        <p className={styles.device}>
          {device}
          {session.current ? <Badge tone="good">{t("sessions.current")}</Badge> : null}
        </p>
        <p className={styles.times}>
          {t("sessions.since", { when: since })}
          <br />
          {t("sessions.seen", { when: format.relative(session.last_seen_at) })}
        </p>
      </div>
      {session.current ? null : (
        <Button
          variant="secondary"
          size="s"
          busy={end.isPending}
          aria-label={t("sessions.end_label", { device, when: since })}
          onClick={() => void endIt()}
        >
          {t("sessions.end")}
        </Button>
      )}
    </li>
  );
}
