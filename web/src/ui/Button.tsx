import type { LucideIcon } from "lucide-react";
import type { ComponentPropsWithRef, ReactNode } from "react";
import { Link as RouterLink } from "wouter";
import styles from "./Button.module.css";
import { cx } from "./cx";
import { Icon } from "./Icon";
import { Spinner } from "./Spinner";

export type ButtonVariant = "primary" | "secondary" | "quiet" | "danger";

interface Look {
  variant?: ButtonVariant;
  size?: "m" | "s" | "l";
  icon?: LucideIcon;
  /** Only the icon is seen; `children` is still what a screen reader says. */
  iconOnly?: boolean;
}

export interface ButtonProps extends Look, ComponentPropsWithRef<"button"> {
  /** Shows that work is under way. The button keeps its focus and its name, and does nothing. */
  busy?: boolean;
}

/** `type` is "button" unless told, so that no button sends a form by accident. */
export function Button({
  variant = "primary",
  size = "m",
  icon,
  iconOnly = false,
  busy = false,
  className,
  children,
  onClick,
  type = "button",
  ...rest
}: ButtonProps) {
  return (
    <button
      {...rest}
      type={busy ? "button" : type}
      className={cx(look({ variant, size, iconOnly }), className)}
      aria-disabled={busy || rest["aria-disabled"]}
      aria-busy={busy || undefined}
      onClick={busy ? undefined : onClick}
      title={iconOnly && typeof children === "string" ? children : rest.title}
    >
      <Inside icon={icon} iconOnly={iconOnly} busy={busy}>
        {children}
      </Inside>
    </button>
  );
}

export interface ButtonLinkProps extends Look {
  href: string;
  children: ReactNode;
  className?: string;
  /** Opens in a new tab. */
  external?: boolean;
  /** Besides going there. */
  onClick?: () => void;
}

/** Looks like a button, goes somewhere. */
export function ButtonLink({
  variant = "primary",
  size = "m",
  icon,
  iconOnly = false,
  href,
  children,
  className,
  external = false,
  onClick,
}: ButtonLinkProps) {
  const all = cx(look({ variant, size, iconOnly }), className);
  const inside = (
    <Inside icon={icon} iconOnly={iconOnly} busy={false}>
      {children}
    </Inside>
  );
  return external ? (
    <a href={href} className={all} target="_blank" rel="noreferrer" onClick={onClick}>
      {inside}
    </a>
  ) : (
    <RouterLink href={href} className={all} onClick={onClick}>
      {inside}
    </RouterLink>
  );
}

function look({ variant, size, iconOnly }: Required<Pick<Look, "variant" | "size" | "iconOnly">>) {
  return cx(styles.button, styles[variant], styles[size], iconOnly && styles.iconOnly);
}

function Inside({
  icon,
  iconOnly,
  busy,
  children,
}: {
  icon: LucideIcon | undefined;
  iconOnly: boolean;
  busy: boolean;
  children: ReactNode;
}) {
  return (
    <>
      {busy ? <Spinner size={1.125} /> : icon ? <Icon of={icon} size={1.125} /> : null}
      <span className={iconOnly ? "visually-hidden" : undefined}>{children}</span>
    </>
  );
}
