import { commonMessages, useMessages } from "@/i18n";
import styles from "./Brand.module.css";

/** The mark and the name. */
export function Brand({ subtitle }: { subtitle?: string }) {
  const t = useMessages(commonMessages);
  return (
    <span className={styles.brand}>
      <svg viewBox="0 0 32 32" className={styles.mark} aria-hidden focusable="false">
        <path
          className={styles.upper}
          d="M4 8.5A4.5 4.5 0 0 1 8.5 4h15A4.5 4.5 0 0 1 28 8.5V14H4z"
        />
        <path
          className={styles.lower}
          d="M4 14h24v5.5a4.5 4.5 0 0 1-4.5 4.5H14l-6.6 4.9c-.6.4-1.4 0-1.4-.8v-4.8A4.5 4.5 0 0 1 4 19.5z"
        />
      </svg>
      <span className={styles.words}>
        <span className={styles.name}>{t("app_name")}</span>
        {subtitle ? <span className={styles.subtitle}>{subtitle}</span> : null}
      </span>
    </span>
  );
}
