import { useLanguage, useMessages } from "@/i18n";
import { Card } from "@/ui/Card";
import { Link } from "@/ui/Link";
import { messages } from "../messages";
import { START } from "../model/address";
import { pick } from "@/i18n/localized";
import type { PublicOffice } from "../model/types";
import styles from "./Summary.module.css";
import { Text } from "./Text";

/** Where the office is and how one gets in. */
export function OfficeCard({ office }: { office: PublicOffice }) {
  const t = useMessages(messages);
  const language = useLanguage();
  return (
    <Card className={styles.summary}>
      <h2 className={styles.heading}>
        <Text of={office.name} />
      </h2>
      <p>
        {office.address}
        <br />
        {office.postcode} {office.town}
      </p>
      {office.phone ? (
        <p>
          <a href={`tel:${office.phone.replace(/\s/g, "")}`}>{office.phone}</a>
        </p>
      ) : null}
      {pick(office.accessibility, language) ? (
        <details className={styles.more}>
          <summary>{t("office.accessibility")}</summary>
          <p>
            <Text of={office.accessibility} />
          </p>
        </details>
      ) : null}
      <p className={styles.change}>
        <Link href={START}>{t("office.other")}</Link>
      </p>
    </Card>
  );
}
