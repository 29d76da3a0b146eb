import { useMessages } from "@/i18n";
import { Spinner } from "@/ui/Spinner";
import { messages } from "../messages";
import styles from "../JoinPage.module.css";

/** While the server is asked what the link leads to. */
export function Looking() {
  const t = useMessages(messages);
  return (
    <p className={styles.looking} role="status">
      <Spinner />
      {t("looking")}
    </p>
  );
}
