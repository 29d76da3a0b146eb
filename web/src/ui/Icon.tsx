import type { LucideIcon } from "lucide-react";

interface Props {
  /** From lucide-react, imported by name so that only what is used is shipped. */
  of: LucideIcon;
  /** In rem of the surrounding text's root; 1.25 unless told. */
  size?: number;
  /** Left out for an icon beside text; an icon alone needs a name on its button instead. */
  label?: string;
  className?: string;
}

export function Icon({ of: Glyph, size = 1.25, label, className }: Props) {
  return (
    <Glyph
      className={className}
      style={{ inlineSize: `${size}rem`, blockSize: `${size}rem`, flex: "none" }}
      strokeWidth={1.9}
      aria-hidden={label ? undefined : true}
      role={label ? "img" : undefined}
      aria-label={label}
      focusable="false"
    />
  );
}
