import { CircleCheck, Info, type LucideIcon, OctagonAlert, TriangleAlert } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "./cx";
import { Icon } from "./Icon";
import styles from "./Notice.module.css";

export type Tone = "info" | "good" | "warn" | "bad";

const ICONS: Record<Tone, LucideIcon> = {
  info: Info,
  good: CircleCheck,
  warn: TriangleAlert,
  bad: OctagonAlert,
};

interface Props {
  tone?: Tone;
  title?: ReactNode;
  children?: ReactNode;
  actions?: ReactNode;
  /** `polite` and `assertive` are read out when they appear; leave out what is there from the start. */
  live?: "polite" | "assertive";
  className?: string;
  /** Actions beside the text where there is room, rather than under it. */
  slim?: boolean;
}

export function Notice({
  tone = "info",
  title,
  children,
  actions,
  live,
  className,
  slim = false,
}: Props) {
  return (
    <div
      className={cx(styles.notice, styles[tone], className)}
      role={live === "assertive" ? "alert" : live === "polite" ? "status" : undefined}
    >
      <Icon of={ICONS[tone]} size={1.5} className={styles.icon} />
      <div className={cx(styles.body, slim && styles.slim)}>
        {title ? <p className={styles.title}>{title}</p> : null}
        {children ? <div>{children}</div> : null}
        {actions ? <div className={styles.actions}>{actions}</div> : null}
      </div>
    </div>
  );
}
