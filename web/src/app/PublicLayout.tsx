import type { ReactNode } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { Brand } from "@/ui/Brand";
import { LanguageSwitch } from "@/ui/LanguageSwitch";
import { SkipLink } from "@/ui/SkipLink";
import styles from "./PublicLayout.module.css";

interface Props {
  /** The page's code is still on its way: what is seen can be read, and not yet used. */
  waiting?: boolean;
  children: ReactNode;
}

/** The frame of every page that needs no account. */
export function PublicLayout({ waiting = false, children }: Props) {
  const t = useMessages(commonMessages);
  return (
    <div className={styles.frame} data-shell={waiting || undefined}>
      <SkipLink />
      <header className={styles.header}>
        <div className={styles.bar}>
          <Brand subtitle={t("app_subtitle")} />
          <div inert={waiting}>
            <LanguageSwitch />
          </div>
        </div>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}
