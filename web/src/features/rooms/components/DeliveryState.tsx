import { Clock, MailCheck, MailX } from "lucide-react";
import type { Delivery } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import styles from "./People.module.css";

/** What became of the last mail to somebody. */
export function DeliveryState({ delivery }: { delivery: Delivery }) {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow(5_000);
  // A time that just passed means that the attempt is under way.
  const upcoming = (at: string) =>
    Date.parse(at) > now ? format.relative(at) : t("delivery.soon");
  switch (delivery.state) {
    case "sent":
      return (
        <p className={styles.delivery}>
          <Badge tone="good" icon={MailCheck}>
            {t("delivery.sent")}
          </Badge>
          <span>{t("delivery.sent_detail", { when: format.relative(delivery.at) })}</span>
        </p>
      );
    case "pending":
      return (
        <p className={styles.delivery}>
          <Badge tone={delivery.attempts > 0 ? "warn" : "info"} icon={Clock}>
            {t("delivery.pending")}
          </Badge>
          <span>
            {delivery.attempts > 0
              ? t("delivery.pending_detail", {
                  attempts: delivery.attempts,
                  when: upcoming(delivery.next_attempt_at),
                })
              : t("delivery.pending_first")}
          </span>
          {delivery.last_error ? (
            <span>{t("delivery.error", { error: delivery.last_error })}</span>
          ) : null}
        </p>
      );
    case "failed":
      return (
        <p className={styles.delivery}>
          <Badge tone="bad" icon={MailX}>
            {t("delivery.failed")}
          </Badge>
          <span>{t("delivery.failed_detail", { when: format.relative(delivery.at) })}</span>
          <span>{t("delivery.error", { error: delivery.error })}</span>
        </p>
      );
  }
}
