import type { AuditEntry } from "@/api/types";
import { commonMessages, useMessages } from "@/i18n";
import { messages } from "../messages";
import { type Names, otherDetails, targetName } from "../model/audit";
import styles from "./AuditPage.module.css";

/** One entry in words, with its details folded away. */
export function AuditSentence({ entry, names }: { entry: AuditEntry; names: Names }) {
  const t = useMessages(messages);
  const target = targetName(entry, names);
  const details = otherDetails(entry, names);
  return (
    <span className={styles.sentence}>
      <span>{target ? t(`act_on.${entry.action}`, { target }) : t(`act.${entry.action}`)}</span>
      {details.length > 0 || entry.target ? (
        <details className={styles.details}>
          <summary>{t("audit.details")}</summary>
          <dl className={styles.facts}>
            {details.map(([key, value]) => (
              <Fact key={key} name={key} value={value} />
            ))}
            {entry.target ? <Fact name="target" value={entry.target} /> : null}
          </dl>
        </details>
      ) : null}
    </span>
  );
}

function Fact({ name, value }: { name: string; value: string }) {
  const t = useMessages(messages);
  const key = `detail.${name.replaceAll(".", "_")}`;
  return (
    <>
      <dt>{t.has(key) ? t(key) : name}</dt>
      <dd>{useValueText(value)}</dd>
    </>
  );
}

/** Roles and flags in words; anything else as it stands. */
function useValueText(value: string): string {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  if (value === "") return t("audit.none");
  if (value === "true") return t("audit.yes");
  if (value === "false") return t("audit.no");
  const word = `value.${value}`;
  if (t.has(word)) return t(word);
  return value
    .split(", ")
    .map((part) => {
      const role = `role.${part}`;
      const roomRole = `room_role.${part}`;
      if (common.has(role)) return common(role);
      return common.has(roomRole) ? common(roomRole) : part;
    })
    .join(", ");
}
