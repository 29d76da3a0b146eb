import { useEffect, useRef } from "react";
import { commonMessages, useMessages } from "@/i18n";
import styles from "./ErrorSummary.module.css";

export interface SummaryItem {
  /** Id of the field that it is about; none for a problem of the whole form. */
  field?: string;
  text: string;
}

/**
 * Stands above a form after it was refused and takes the focus. Give it a `key` that changes with
 * every attempt, so that a second refusal is noticed too. Renders nothing without items.
 */
export function ErrorSummary({ items }: { items: readonly SummaryItem[] }) {
  const t = useMessages(commonMessages);
  const box = useRef<HTMLDivElement>(null);
  const any = items.length > 0;
  useEffect(() => {
    if (any) box.current?.focus();
  }, [any]);
  if (!any) return null;
  return (
    <div ref={box} className={styles.summary} role="alert" tabIndex={-1}>
      <h2 className={styles.title}>{t("error_summary")}</h2>
      <ul role="list" className={styles.list}>
        {items.map((item, index) => (
          <li key={item.field ?? index}>
            {item.field ? (
              <a
                href={`#${item.field}`}
                onClick={(event) => {
                  // The address after # may be a secret of the page's link: it must stay.
                  event.preventDefault();
                  document.getElementById(item.field ?? "")?.focus();
                }}
              >
                {item.text}
              </a>
            ) : (
              item.text
            )}
          </li>
        ))}
      </ul>
    </div>
  );
}
