import { useQuery } from "@tanstack/react-query";
import { type ReactNode } from "react";
import { useMessages } from "@/i18n";
import { Notice } from "@/ui/Notice";
import { ButtonLink } from "@/ui/Button";
import { SubNav } from "@/ui/SubNav";
import { strandedQuery } from "../api/appointments";
import { messages } from "../messages";

interface Props {
  children: ReactNode;
  /** Where the stranded ones stand anyway. */
  quiet?: boolean;
}

/** What the pages about appointments share: their links, and what can't wait. */
export function Area({ children, quiet = false }: Props) {
  const t = useMessages(messages);
  const stranded = useQuery(strandedQuery);
  const count = stranded.data?.length ?? 0;
  return (
    <>
      <SubNav
        label={t("area.label")}
        items={[
          { href: "/appointments", label: t("area.day") },
          { href: "/appointments/week", label: t("area.week") },
          { href: "/appointments/stranded", label: t("area.stranded"), count },
          { href: "/appointments/waiting", label: t("area.waiting") },
          { href: "/appointments/hours", label: t("area.hours") },
          { href: "/appointments/statistics", label: t("area.statistics") },
        ]}
      />
      {count > 0 && !quiet ? (
        <Notice
          tone="warn"
          slim
          title={t("stranded.notice", { count })}
          actions={
            <ButtonLink href="/appointments/stranded" variant="secondary" size="s">
              {t("stranded.open")}
            </ButtonLink>
          }
        />
      ) : null}
      {children}
    </>
  );
}
