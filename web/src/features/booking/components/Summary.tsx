import { useFormat, useMessages } from "@/i18n";
import { Card } from "@/ui/Card";
import { Link } from "@/ui/Link";
import type { Offered } from "../api";
import { messages } from "../messages";
import { type Choice, matterAddress, officeAddress, timesAddress } from "../model/address";
import type { Slot } from "../model/types";
import { FormName } from "./FormName";
import styles from "./Summary.module.css";
import { Text } from "./Text";

interface Props {
  offered: Offered;
  choice?: Choice;
  slot?: Pick<Slot, "start" | "end"> & { officialName: string };
}

/** What was chosen so far, each with the way back to it. */
export function Summary({ offered: { office, matter }, choice, slot }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const official = matter.officials.find((one) => one.id === choice?.official);
  const minutes = slot ? (Date.parse(slot.end) - Date.parse(slot.start)) / 60_000 : 0;
  return (
    <Card className={styles.summary}>
      <h2 className={styles.heading}>{t("summary.title")}</h2>
      <dl className={styles.facts}>
        <div>
          <dt>{t("summary.office")}</dt>
          <dd>
            <Text of={office.name} />
          </dd>
        </div>
        <div>
          <dt>{t("summary.matter")}</dt>
          <dd>
            <Text of={matter.name} />
            <Link href={officeAddress(office.id)}>
              {t("summary.change")}
              <span className="visually-hidden"> – {t("summary.matter")}</span>
            </Link>
          </dd>
        </div>
        {choice ? (
          <div>
            <dt>{t("summary.form")}</dt>
            <dd>
              <FormName of={choice.form} />
              <span className={styles.also}>
                {[
                  choice.people > 1 ? t("people", { count: choice.people }) : null,
                  choice.interpreter ? t("summary.interpreter") : null,
                  official && !slot ? official.name : null,
                ]
                  .filter(Boolean)
                  .join(", ")}
              </span>
              <Link href={matterAddress(office.id, matter.id, choice)}>
                {t("summary.change")}
                <span className="visually-hidden"> – {t("summary.form")}</span>
              </Link>
            </dd>
          </div>
        ) : null}
        {choice && slot ? (
          <div>
            <dt>{t("summary.time")}</dt>
            <dd>
              <strong>
                {format.longDate(slot.start)},{" "}
                <span className={styles.hours}>{format.range(slot.start, minutes)}</span>
              </strong>
              <span className={styles.also}>{slot.officialName}</span>
              <Link href={timesAddress(office.id, matter.id, choice)}>
                {t("summary.change")}
                <span className="visually-hidden"> – {t("summary.time")}</span>
              </Link>
            </dd>
          </div>
        ) : null}
      </dl>
    </Card>
  );
}
