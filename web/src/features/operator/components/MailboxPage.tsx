import { useQuery } from "@tanstack/react-query";
import { Inbox, MailX } from "lucide-react";
import { useParams } from "wouter";
import { useSignedIn } from "@/api/me";
import type { MailSummary } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { EmptyState } from "@/ui/EmptyState";
import { Link } from "@/ui/Link";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { mailboxQuery } from "../api/mail";
import { messages } from "../messages";
import { MailMessage } from "./MailMessage";
import styles from "./MailboxPage.module.css";

/** Where mail stays while no SMTP server is set up. */
export default function MailboxPage() {
  const t = useMessages(messages);
  const me = useSignedIn();
  return (
    <>
      <PageHeader
        title={t("tabs.mailbox")}
        lead={me.local_mailbox ? t("mailbox.about") : undefined}
      />
      {me.local_mailbox ? (
        <Mailbox />
      ) : (
        <EmptyState icon={MailX} title={t("mailbox.off")}>
          {t("mailbox.off_body")}
        </EmptyState>
      )}
    </>
  );
}

function Mailbox() {
  const t = useMessages(messages);
  const { mail } = useParams();
  const mailbox = useQuery(mailboxQuery);
  if (mailbox.isPending) return <Skeleton lines={6} />;
  if (!mailbox.data) {
    return <LoadFailed error={mailbox.error} onRetry={() => void mailbox.refetch()} />;
  }
  if (mailbox.data.length === 0 && !mail) {
    return (
      <EmptyState icon={Inbox} title={t("mailbox.empty")}>
        {t("mailbox.empty_body")}
      </EmptyState>
    );
  }
  return (
    <div className={styles.panes} data-open={Boolean(mail)}>
      <MailList list={mailbox.data} open={mail} />
      <div className={styles.pane}>
        {mail ? (
          <MailMessage key={mail} mail={mail} />
        ) : (
          <p className={styles.none}>{t("mailbox.select")}</p>
        )}
      </div>
    </div>
  );
}

function MailList({ list, open }: { list: readonly MailSummary[]; open: string | undefined }) {
  const t = useMessages(messages);
  const format = useFormat();
  return (
    <ul role="list" className={styles.list} aria-label={t("mailbox.list")}>
      {list.map((mail) => (
        <li key={mail.id}>
          <Link
            href={`/operator/mailbox/${mail.id}`}
            className={styles.item ?? ""}
            aria-current={mail.id === open ? "page" : undefined}
          >
            <span className={styles.subject}>{mail.subject}</span>
            <span className={styles.meta}>
              <span>{mail.to}</span>
              <time dateTime={mail.at}>{format.dateTime(mail.at)}</time>
            </span>
          </Link>
        </li>
      ))}
    </ul>
  );
}
