import { Lock } from "lucide-react";
import { useEffect } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { Badge } from "@/ui/Badge";
import { useCall } from "../CallContext";
import { messages } from "../messages";
import styles from "./CallHeader.module.css";
import { QualityMark } from "./QualityMark";

/** Which meeting this is, who is in it, and how well one is connected. */
export function CallHeader() {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const room = useCall((state) => state.room);
  const count = useCall((state) => state.participants.size);
  const quality = useCall((state) =>
    state.you === null ? undefined : state.quality.get(state.you),
  );
  const title = room?.title ?? "";
  useEffect(() => {
    document.title = `${t("page_title", { title })} – ${common("app_name")}`;
  }, [title, t, common]);
  return (
    <header className={styles.header}>
      <div className={styles.names}>
        <h1 className={styles.title}>{title}</h1>
        <p className={styles.office}>{room?.officeName}</p>
      </div>
      <div className={styles.facts}>
        {room?.locked ? (
          <Badge tone="warn" icon={Lock}>
            {t("header.locked")}
          </Badge>
        ) : null}
        {quality ? <QualityMark quality={quality} words={quality !== "good"} /> : null}
        <span>{t("header.people", { count })}</span>
      </div>
    </header>
  );
}
