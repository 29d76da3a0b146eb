import {
  Accessibility,
  Hand,
  MailX,
  Phone,
  TriangleAlert,
  Users,
  UserRound,
  Video,
} from "lucide-react";
import type { AppointmentSummary, Form } from "@/api/types";
import { useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Icon } from "@/ui/Icon";
import { messages } from "../messages";
import styles from "./Row.module.css";
import { StateBadge } from "./StateBadge";

const ICONS = { video: Video, phone: Phone, in_person: UserRound } as const;

export function FormMark({ form }: { form: Form }) {
  const t = useMessages(messages);
  return (
    <span className={styles.form}>
      <Icon of={ICONS[form]} size={1.05} />
      {t(`form.${form}`)}
    </span>
  );
}

/** What must be seen about an appointment before one opens it. */
export function Marks({ appointment }: { appointment: AppointmentSummary }) {
  const t = useMessages(messages);
  const { stranded, people, interpreter, accessibility, mail } = appointment;
  const reason = `stranded.reason.${stranded ?? ""}`;
  return (
    <>
      <StateBadge appointment={appointment} />
      {stranded ? (
        <Badge tone="bad" icon={TriangleAlert}>
          {t.has(reason) ? t(reason) : t("stranded.reason.hours")}
        </Badge>
      ) : null}
      {people > 1 ? <Badge icon={Users}>{t("mark.people", { count: people })}</Badge> : null}
      {interpreter ? (
        <Badge tone="info" icon={Hand}>
          {t("mark.interpreter")}
        </Badge>
      ) : null}
      {accessibility ? (
        <Badge tone="info" icon={Accessibility}>
          {t("mark.accessibility")}
        </Badge>
      ) : null}
      {mail?.state === "failed" ? (
        <Badge tone="bad" icon={MailX}>
          {t("mark.mail_failed")}
        </Badge>
      ) : null}
    </>
  );
}
