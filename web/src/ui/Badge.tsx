import type { LucideIcon } from "lucide-react";
import type { ReactNode } from "react";
import styles from "./Badge.module.css";
import { cx } from "./cx";
import { Icon } from "./Icon";
import type { Tone } from "./Notice";

interface Props {
  tone?: Tone | "neutral" | "live";
  icon?: LucideIcon;
  children: ReactNode;
}

/** A state in a word or two. Never colour alone. */
export function Badge({ tone = "neutral", icon, children }: Props) {
  return (
    <span className={cx(styles.badge, styles[tone])}>
      {tone === "live" ? <span className={styles.dot} aria-hidden /> : null}
      {icon ? <Icon of={icon} size={0.95} /> : null}
      {children}
    </span>
  );
}
