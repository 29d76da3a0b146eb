import type { ReactNode } from "react";
import styles from "./Card.module.css";
import { cx } from "./cx";

interface Props {
  children: ReactNode;
  className?: string;
}

export function Card({ children, className }: Props) {
  return <div className={cx(styles.card, className)}>{children}</div>;
}

/** Things and their values, e.g. host and time of a meeting. */
export function Facts({ items }: { items: readonly { term: ReactNode; value: ReactNode }[] }) {
  return (
    <dl className={styles.facts}>
      {items.map((item, index) => (
        <div key={index} className={styles.fact}>
          <dt>{item.term}</dt>
          <dd>{item.value}</dd>
        </div>
      ))}
    </dl>
  );
}
