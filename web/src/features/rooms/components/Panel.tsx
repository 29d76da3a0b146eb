import { type ReactNode, useId } from "react";
import { Card } from "@/ui/Card";
import styles from "./RoomPage.module.css";

interface Props {
  heading: string;
  /** What can be done with the whole of it. */
  action?: ReactNode;
  children: ReactNode;
}

/** One part of the page of a meeting. */
export function Panel({ heading, action, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Card className={styles.section}>
        <div className={styles.heading}>
          <h2 id={id}>{heading}</h2>
          {action}
        </div>
        {children}
      </Card>
    </section>
  );
}
