import type { LucideIcon } from "lucide-react";
import type { ComponentPropsWithRef } from "react";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import styles from "./ToolButton.module.css";

interface Props extends Omit<ComponentPropsWithRef<"button">, "children"> {
  icon: LucideIcon;
  /** The button's name; it stays while `aria-pressed` tells the state. */
  label: string;
  /** What is written under the icon; the label when left out. */
  short?: string;
  /** A toggle's state; none for a button that only does something. */
  pressed?: boolean;
  /** `off` is for devices: white when they are off, which is what one must notice. */
  look?: "plain" | "device" | "danger" | "active";
  /** A count on the icon; `label` says what it counts. */
  badge?: number;
}

export function ToolButton({
  icon,
  label,
  short,
  pressed,
  look = "plain",
  badge = 0,
  className,
  ...rest
}: Props) {
  return (
    <button
      type="button"
      {...rest}
      className={cx(
        styles.tool,
        look === "danger" && styles.danger,
        look === "device" && pressed === false && styles.off,
        (look === "active" || (look === "plain" && pressed)) && styles.active,
        className,
      )}
      aria-label={label}
      aria-pressed={pressed}
    >
      <span
        className={styles.glyph}
        data-badge={badge > 0 ? (badge > 99 ? "99+" : badge) : undefined}
      >
        <Icon of={icon} size={1.4} />
      </span>
      <span className={styles.word} aria-hidden>
        {short ?? label}
      </span>
    </button>
  );
}
