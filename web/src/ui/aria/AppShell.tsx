import { LogOut, Menu as MenuIcon, UserRound } from "lucide-react";
import type { ReactNode } from "react";
import { useLocation } from "wouter";
import { commonMessages, useMessages } from "@/i18n";
import { Brand } from "../Brand";
import { LanguageSwitch } from "../LanguageSwitch";
import { Link } from "../Link";
import { SkipLink } from "../SkipLink";
import styles from "./AppShell.module.css";
import { MenuButton } from "./Menu";

export interface NavItem {
  href: string;
  label: string;
}

interface Props {
  nav: readonly NavItem[];
  office: string;
  /** Of who is signed in. */
  name: string;
  onSignOut: () => void;
  children: ReactNode;
}

/** The frame of the staff pages. The navigation is a row of links, on a phone a menu. */
export function AppShell({ nav, office, name, onSignOut, children }: Props) {
  const t = useMessages(commonMessages);
  const [path, navigate] = useLocation();
  const here = current(nav, path);
  return (
    <div className={styles.shell}>
      <SkipLink />
      <header className={styles.header}>
        <div className={styles.bar}>
          <Link href="/rooms" className={styles.home}>
            <Brand subtitle={office} />
          </Link>
          <div className={styles.tools}>
            <LanguageSwitch />
            <MenuButton
              label={t("nav.user_menu", { name })}
              icon={UserRound}
              showLabel={<span className={styles.user}>{name}</span>}
              items={[
                { id: "account", label: t("nav.account"), icon: UserRound },
                { id: "sign-out", label: t("nav.sign_out"), icon: LogOut },
              ]}
              onAction={(id) => (id === "account" ? navigate("/account/settings") : onSignOut())}
            />
            <div className={styles.narrow}>
              <MenuButton
                label={t("nav.menu")}
                icon={MenuIcon}
                items={nav.map((item) => ({ id: item.href, label: item.label }))}
                onAction={(href) => navigate(href)}
              />
            </div>
          </div>
        </div>
        <nav className={styles.nav} aria-label={t("nav.label")}>
          <ul role="list" className={styles.links}>
            {nav.map((item) => (
              <li key={item.href}>
                <Link
                  href={item.href}
                  className={styles.link}
                  aria-current={item.href === here ? "page" : undefined}
                >
                  {item.label}
                </Link>
              </li>
            ))}
          </ul>
        </nav>
      </header>
      <main id="content" className={styles.main} tabIndex={-1}>
        {children}
      </main>
    </div>
  );
}

/** The entry with the longest address that the present one starts with. */
function current(nav: readonly NavItem[], path: string): string | undefined {
  return nav
    .map((item) => item.href)
    .filter((href) => path === href || path.startsWith(`${href}/`))
    .sort((a, b) => b.length - a.length)[0];
}
