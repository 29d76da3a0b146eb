import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, type RefObject, useEffect, useRef } from "react";
import { I18nProvider } from "react-aria-components";
import { useLocation, useSearch } from "wouter";
import { api, call } from "@/api/client";
import { queryClient, useMe } from "@/api/me";
import { useProblemText } from "@/api/problem";
import type { Me, Role } from "@/api/types";
import { Forbidden } from "@/features/session/components/Forbidden";
import { signInAddress } from "@/features/session/model/returnTo";
import { commonMessages, LOCALES, readStored, setLanguage, useLanguage, useMessages } from "@/i18n";
import { AppShell, type NavItem } from "@/ui/aria/AppShell";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { PageSpinner } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";

interface Props {
  children: ReactNode;
  roles?: readonly Role[] | undefined;
}

/** Lets in who is signed in (and has one of `roles`); the others go to the sign-in page and come back. */
export default function StaffLayout({ children, roles }: Props) {
  const language = useLanguage();
  return (
    <QueryClientProvider client={queryClient}>
      {/* React Aria speaks and writes dates in the page's language, not in the browser's. */}
      <I18nProvider locale={LOCALES[language]}>
        <Guard roles={roles}>{children}</Guard>
      </I18nProvider>
    </QueryClientProvider>
  );
}

function Guard({ children, roles }: Props) {
  const t = useMessages(commonMessages);
  const text = useProblemText();
  const [path] = useLocation();
  const search = useSearch();
  const me = useMe();
  const wasIn = useRef(false);
  useEffect(() => {
    if (me.data) wasIn.current = true;
  }, [me.data]);

  // The account's language holds unless this browser's user chose another here.
  const language = me.data?.language;
  useEffect(() => {
    if (language && readStored() === null) void setLanguage(language, false);
  }, [language]);

  if (me.isPending) return <PageSpinner />;
  if (me.isError) {
    return (
      <Notice
        tone="bad"
        live="assertive"
        actions={<Button onClick={() => void me.refetch()}>{t("actions.retry")}</Button>}
      >
        {text(me.error)}
      </Notice>
    );
  }
  if (!me.data) {
    return <Leave to={search ? `${path}?${search}` : path} wasIn={wasIn} />;
  }
  const allowed = !roles || roles.some((role) => me.data?.roles.includes(role));
  return <Shell me={me.data}>{allowed ? children : <Forbidden />}</Shell>;
}

/** To the sign-in page, and from there back to `to`. */
function Leave({ to, wasIn }: { to: string; wasIn: RefObject<boolean> }) {
  const [, navigate] = useLocation();
  useEffect(() => {
    navigate(signInAddress(to, wasIn.current), { replace: true });
  }, [navigate, to, wasIn]);
  return null;
}

function Shell({ me, children }: { me: Me; children: ReactNode }) {
  const t = useMessages(commonMessages);
  const text = useProblemText();
  const [, navigate] = useLocation();

  const official = me.roles.includes("official");
  const admin = me.roles.includes("office_admin");
  const operator = me.roles.includes("operator");
  const nav: NavItem[] = [
    { href: "/rooms", label: t("nav.rooms") },
    ...(admin || official ? [{ href: "/appointments", label: t("nav.appointments") }] : []),
    ...(admin
      ? [
          { href: "/admin/people", label: t("nav.people") },
          { href: "/admin/departments", label: t("nav.departments") },
          { href: "/admin/office", label: t("nav.office") },
          { href: "/booking-setup", label: t("nav.booking_setup") },
          { href: "/admin/audit", label: t("nav.audit") },
        ]
      : []),
    ...(operator
      ? [
          { href: "/operator", label: t("nav.operator") },
          { href: "/operator/outbox", label: t("nav.outbox") },
          ...(me.local_mailbox ? [{ href: "/operator/mailbox", label: t("nav.mailbox") }] : []),
        ]
      : []),
  ];

  async function signOut() {
    try {
      await call(api.DELETE("/api/v1/session"));
    } catch (error) {
      toast(text(error), "bad");
      return;
    }
    navigate("/sign-in", { replace: true });
    queryClient.clear();
  }

  return (
    <AppShell nav={nav} office={me.office_name} name={me.name} onSignOut={() => void signOut()}>
      {children}
    </AppShell>
  );
}
