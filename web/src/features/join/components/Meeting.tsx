import type { LinkPreview } from "@/api/types";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { Card, Facts } from "@/ui/Card";
import { messages } from "../messages";
import styles from "./Meeting.module.css";

/** Whose office, whose meeting, when. */
export function Meeting({ preview }: { preview: LinkPreview }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const items = [
    { term: t("meeting.title"), value: preview.title },
    { term: t("meeting.office"), value: preview.office_name },
    ...(preview.department_name
      ? [{ term: t("meeting.department"), value: preview.department_name }]
      : []),
    { term: t("meeting.host"), value: preview.host_name },
    {
      term: t("meeting.when"),
      value: (
        <>
          {format.longDate(preview.starts_at)},{" "}
          <span className={styles.time}>
            {format.range(preview.starts_at, preview.duration_minutes)}
          </span>
          <span className={styles.zone}> {t("meeting.time_zone")}</span>
        </>
      ),
    },
    ...(preview.role === "interpreter"
      ? [{ term: t("meeting.your_role"), value: common("room_role.interpreter") }]
      : []),
  ];
  return (
    <Card className={styles.meeting}>
      <h2 className={styles.heading}>{t("meeting.heading")}</h2>
      <Facts items={items} />
      {preview.description ? (
        <div className={styles.description}>
          <h3 className={styles.subheading}>{t("meeting.description")}</h3>
          <p>{preview.description}</p>
        </div>
      ) : null}
    </Card>
  );
}
