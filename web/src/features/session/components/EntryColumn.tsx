import type { ReactNode } from "react";
import { Card } from "@/ui/Card";
import { PageHeader } from "@/ui/PageHeader";
import styles from "./EntryColumn.module.css";

interface Props {
  title: string;
  lead?: ReactNode;
  children?: ReactNode;
  /** Links below the card. */
  after?: ReactNode;
}

/** The narrow column of sign-in, set-up and account links. */
export function EntryColumn({ title, lead, children, after }: Props) {
  return (
    <div className={styles.column}>
      <PageHeader key={title} title={title} lead={lead} />
      {children ? <Card className={styles.card}>{children}</Card> : null}
      {after ? <div className={styles.after}>{after}</div> : null}
    </div>
  );
}
