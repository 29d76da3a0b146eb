import { commonMessages, useMessages } from "@/i18n";
import styles from "./Spinner.module.css";

/** Decoration only: whoever shows it says in words what is going on. `size` in rem. */
export function Spinner({ size = 1.5 }: { size?: number }) {
  return (
    <span
      className={styles.spinner}
      style={{ inlineSize: `${size}rem`, blockSize: `${size}rem` }}
      aria-hidden
    />
  );
}

/** While a page's code is on its way. Shown late, so that a fast page doesn't flash. */
export function PageSpinner() {
  // The common texts may themselves be on their way.
  const ready = commonMessages.ready.size > 0;
  return (
    <div className={styles.page} role="status">
      <Spinner size={2.5} />
      {ready ? <LoadingText /> : null}
    </div>
  );
}

function LoadingText() {
  const t = useMessages(commonMessages);
  return <span className="visually-hidden">{t("loading")}</span>;
}

/** A grey block in the place of a line of text that is being loaded. */
export function Skeleton({ lines = 3 }: { lines?: number }) {
  const t = useMessages(commonMessages);
  return (
    <div className={styles.skeleton} role="status">
      <span className="visually-hidden">{t("loading")}</span>
      {Array.from({ length: lines }, (_, line) => (
        <span key={line} className={styles.line} aria-hidden />
      ))}
    </div>
  );
}
