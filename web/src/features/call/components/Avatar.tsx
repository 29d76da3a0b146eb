import type { CSSProperties } from "react";
import { cx } from "@/ui/cx";
import { hueOf, initials } from "../model/people";
import styles from "./Avatar.module.css";

interface Props {
  id: string;
  name: string;
  size?: "s" | "l";
}

/** Initials on the person's own colour. The name is always written beside it. */
export function Avatar({ id, name, size = "s" }: Props) {
  return (
    <span
      className={cx(styles.avatar, styles[size])}
      style={{ "--hue": `${hueOf(id)}deg` } as CSSProperties}
      aria-hidden
    >
      {initials(name)}
    </span>
  );
}
