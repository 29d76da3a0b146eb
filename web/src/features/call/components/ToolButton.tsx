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
      <span className={styles.glyph}>
        <Icon of={icon} size={1.4} />
        {badge > 0 ? (
          <span className={styles.badge} aria-hidden>
            {badge > 99 ? "99+" : badge}
          </span>
        ) : null}
      </span>
      <span className={styles.word} aria-hidden>
        {short ?? label}
      </span>
    </button>
  );
}
