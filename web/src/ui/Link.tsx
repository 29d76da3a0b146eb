import type { ReactNode } from "react";
import { Link as RouterLink } from "wouter";

interface Props {
  href: string;
  children: ReactNode;
  className?: string;
  /** Leaves the client: a file, a mail address, another site (opens in a new tab). */
  external?: boolean;
  "aria-current"?: "page" | undefined;
}

export function Link({ href, children, className, external = false, ...aria }: Props) {
  if (!external) {
    return (
      <RouterLink href={href} className={className} {...aria}>
        {children}
      </RouterLink>
    );
  }
  const here = href.startsWith("mailto:") || href.startsWith("#");
  return (
    <a
      href={href}
      className={className}
      {...(here ? {} : { target: "_blank", rel: "noreferrer" })}
      {...aria}
    >
      {children}
    </a>
  );
}
