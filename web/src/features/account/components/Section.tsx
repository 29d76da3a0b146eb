import { type ReactNode, useId } from "react";
import { Card } from "@/ui/Card";
import styles from "./SettingsPage.module.css";

interface Props {
  heading: string;
  /** Beside the heading: a state, or what can be done. */
  aside?: ReactNode;
  about?: string;
  children: ReactNode;
}

export function Section({ heading, aside, about, children }: Props) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Card className={styles.section}>
        <div className={styles.heading}>
          <h2 id={id}>{heading}</h2>
          {aside}
        </div>
        {about ? <p className={styles.about}>{about}</p> : null}
        {children}
      </Card>
    </section>
  );
}
