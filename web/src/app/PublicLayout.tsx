import type { ReactNode } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { Brand } from "@/ui/Brand";
import { LanguageSwitch } from "@/ui/LanguageSwitch";
import { SkipLink } from "@/ui/SkipLink";
import styles from "./PublicLayout.module.css";

/** The frame of every page that needs no account. */
export function PublicLayout({ children }: { children: ReactNode }) {
  const t = useMessages(commonMessages);
  return (
    <div className={styles.frame}>
      <SkipLink />
      <header className={styles.header}>
        <div className={styles.bar}>
          <Brand subtitle={t("app_subtitle")} />
          <LanguageSwitch />
        </div>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
