import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { ApiProblem } from "@/api/problem";
import type { MailId } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useFormat, useMessages } from "@/i18n";
import { Card, Facts } from "@/ui/Card";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { Skeleton } from "@/ui/Spinner";
import { mailQuery, rawMailAddress } from "../api/mail";
import { messages } from "../messages";
import { linkify } from "../model/linkify";
import styles from "./MailboxPage.module.css";

export function MailMessage({ mail: id }: { mail: MailId }) {
  const t = useMessages(messages);
  const format = useFormat();
  const mail = useQuery(mailQuery(id));
  const back = (
    <p className={styles.back}>
      <Link href="/operator/mailbox">{t("mailbox.back")}</Link>
    </p>
  );
  if (mail.isPending) return <Skeleton lines={6} />;
  if (!mail.data) {
    const { code } = ApiProblem.from(mail.error);
    const gone = code === "not_found" || code === "invalid";
    return (
      <div className={styles.message}>
        {back}
        {gone ? (
          <Notice tone="warn">{t("mailbox.gone")}</Notice>
        ) : (
          <LoadFailed error={mail.error} onRetry={() => void mail.refetch()} />
        )}
      </div>
    );
  }
  const { from, to, subject, at, text, calendar } = mail.data;
  return (
    <article className={styles.message} aria-labelledby="subject">
      {back}
      <Card className={styles.message}>
        <h2 id="subject">{subject}</h2>
        <Facts
          items={[
            { term: t("mailbox.from"), value: from },
            { term: t("mailbox.to"), value: to },
            { term: t("mailbox.date"), value: format.dateTime(at) },
          ]}
        />
        <MailText text={text} />
        {calendar ? (
          <details>
            <summary>{t("mailbox.calendar")}</summary>
            {/* Scrolls by itself, so the keyboard must get there (WCAG 2.1.1). */}
            <pre
              className={styles.calendar}
              role="region"
              aria-label={t("mailbox.calendar")}
              // eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- see above
              tabIndex={0}
            >
              {calendar}
            </pre>
          </details>
        ) : null}
        <p>
          <a href={rawMailAddress(id)} download={`${id}.eml`}>
            {t("mailbox.raw")}
          </a>
        </p>
      </Card>
    </article>
  );
}

/** Links open in a new tab: one may be a guest's, and the operator stays here. */
function MailText({ text }: { text: string }) {
  return (
    <p className={styles.text}>
      {linkify(text).map((part, index) =>
        part.kind === "link" ? (
          <a key={index} href={part.href} target="_blank" rel="noreferrer">
            {part.href}
          </a>
        ) : (
          <Fragment key={index}>{part.text}</Fragment>
        ),
      )}
    </p>
  );
}
