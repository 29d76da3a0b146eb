import { useMessages } from "@/i18n";
import type { EndReason } from "@/rtc";
import { Button, ButtonLink } from "@/ui/Button";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import { entryProblem } from "../model/problem";
import styles from "./Ended.module.css";
import { EntryProblemView } from "./EntryProblem";

interface Props {
  reason: EndReason;
  /** The meeting's title. */
  title: string;
  staff: boolean;
  onRejoin: () => void;
}

/** After the call, whatever ended it. */
export function Ended({ reason, title, staff, onRejoin }: Props) {
  const t = useMessages(messages);
  if (reason.kind === "not_admitted") {
    return <EntryProblemView problem={entryProblem(reason.code)} onRetry={onRejoin} />;
  }
  if (reason.kind === "unsupported") {
    return <EntryProblemView problem={reason.why === "insecure" ? "insecure" : "unsupported"} />;
  }
  const why = "reason" in reason ? reason.reason.trim() : "";
  return (
    <div className={styles.ended}>
      <PageHeader
        over={title}
        title={t(`ended.${reason.kind}.title`)}
        lead={t(`ended.${reason.kind}.body`)}
      />
      {why ? <p className={styles.reason}>{t("ended.reason", { reason: why })}</p> : null}
      <div className={styles.actions}>
        {reason.kind === "left" || reason.kind === "replaced" ? (
          <Button variant={staff ? "secondary" : "primary"} onClick={onRejoin}>
            {t(reason.kind === "left" ? "ended.rejoin" : "ended.rejoin_here")}
          </Button>
        ) : null}
        {staff ? <ButtonLink href="/rooms">{t("ended.rooms")}</ButtonLink> : null}
      </div>
    </div>
  );
}
