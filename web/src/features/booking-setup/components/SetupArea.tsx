import type { ReactNode } from "react";
import { useMessages } from "@/i18n";
import { SubNav } from "@/ui/SubNav";
import { messages } from "../messages";

/** The links between the pages on which an office describes itself. */
export function SetupArea({ children }: { children: ReactNode }) {
  const t = useMessages(messages);
  return (
    <>
      <SubNav
        label={t("area.label")}
        items={[
          { href: "/booking-setup", label: t("area.profile") },
          { href: "/booking-setup/matters", label: t("area.matters") },
          { href: "/booking-setup/officials", label: t("area.officials") },
          { href: "/booking-setup/closures", label: t("area.closures") },
          { href: "/booking-setup/places", label: t("area.places") },
          { href: "/booking-setup/data", label: t("area.data") },
          { href: "/booking-setup/systems", label: t("area.systems") },
        ]}
      />
      {children}
    </>
  );
}
