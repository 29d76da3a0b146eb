import { commonMessages, useMessages } from "@/i18n";
import styles from "./SkipLink.module.css";

/** First on every page: jumps over the header to `#content`. */
export function SkipLink({ target = "content" }: { target?: string }) {
  const t = useMessages(commonMessages);
  return (
    <a
      className={styles.skip}
      href={`#${target}`}
      onClick={(event) => {
        // The address after # may be the secret of a guest link: it must stay.
        event.preventDefault();
        document.getElementById(target)?.focus();
      }}
    >
      {t("skip_to_content")}
    </a>
  );
}
