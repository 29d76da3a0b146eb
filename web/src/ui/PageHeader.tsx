import type { ReactNode } from "react";
import { usePageTitle } from "@/app/navigation";
import styles from "./PageHeader.module.css";

interface Props {
  title: string;
  /** A line above the title: where one is. */
  over?: ReactNode;
  /** A sentence below it: what this is for. */
  lead?: ReactNode;
  actions?: ReactNode;
}

/** The page's one `h1`; also its name in the browser and the place of focus after navigation. */
export function PageHeader({ title, over, lead, actions }: Props) {
  const heading = usePageTitle(title);
  return (
    <div className={styles.header}>
      <div className={styles.text}>
        {over ? <p className={styles.over}>{over}</p> : null}
        <h1 ref={heading} tabIndex={-1}>
          {title}
        </h1>
        {lead ? <p className={styles.lead}>{lead}</p> : null}
      </div>
      {actions ? <div className={styles.actions}>{actions}</div> : null}
    </div>
  );
}
