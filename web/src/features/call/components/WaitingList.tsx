import { Check, MessageSquare, X } from "lucide-react";
import { useFormat, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { useCall, useTools } from "../CallContext";
import { messages } from "../messages";
import peopleStyles from "./PeoplePanel.module.css";
import styles from "./WaitingList.module.css";

/** Who waits at the door, for those who may open it. */
export function WaitingList() {
  const t = useMessages(messages);
  const format = useFormat();
  const { call, ui } = useTools();
  const waiting = useCall((state) => state.waiting);
  if (waiting.length === 0) return null;
  return (
    <section className={styles.waiting} aria-labelledby="waiting-list">
      <h3 id="waiting-list" className={peopleStyles.heading}>
        {t("waiting.title")} <span className={peopleStyles.count}>({waiting.length})</span>
      </h3>
      <ol role="list" className={styles.list}>
        {waiting.map((person) => (
          <li key={person.id} className={styles.person}>
            <p className={styles.name}>{person.name}</p>
            <p className={styles.since}>
              {t("waiting.since", { time: format.time(person.since) })}
              {person.connected ? null : <Badge tone="warn">{t("waiting.away")}</Badge>}
            </p>
            <div className={styles.actions}>
              <Button
                size="s"
                icon={Check}
                aria-label={t("waiting.admit_name", { name: person.name })}
                onClick={() => call.admit(person.id)}
              >
                {t("waiting.admit")}
              </Button>
              <Button
                variant="secondary"
                size="s"
                icon={MessageSquare}
                aria-label={t("waiting.write_name", { name: person.name })}
                onClick={() => ui.setState({ open: { kind: "write", person } })}
              >
                {t("waiting.write")}
              </Button>
              <Button
                variant="quiet"
                size="s"
                icon={X}
                aria-label={t("waiting.refuse_name", { name: person.name })}
                onClick={() => ui.setState({ open: { kind: "refuse", person } })}
              >
                {t("waiting.refuse")}
              </Button>
            </div>
          </li>
        ))}
      </ol>
      {waiting.length > 1 ? (
        <div className={styles.actions}>
          <Button variant="secondary" size="s" icon={Check} onClick={() => call.admitAll()}>
            {t("waiting.admit_all")}
          </Button>
          <Button
            variant="secondary"
            size="s"
            icon={MessageSquare}
            onClick={() => ui.setState({ open: { kind: "write", person: null } })}
          >
            {t("waiting.write_all")}
          </Button>
        </div>
      ) : null}
    </section>
  );
}
