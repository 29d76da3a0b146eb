import { QueryClientProvider } from "@tanstack/react-query";
import { type ReactNode, useEffect } from "react";
import { Redirect, useLocation } from "wouter";
import { api, call } from "@/api/client";
import { queryClient, useMe } from "@/api/me";
import { useProblemText } from "@/api/problem";
import type { Me, Role } from "@/api/types";
import { commonMessages, readStored, setLanguage, useMessages } from "@/i18n";
import { AppShell, type NavItem } from "@/ui/aria/AppShell";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { PageSpinner } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { NotFound } from "./NotFound";

interface Props {
  children: ReactNode;
  roles?: readonly Role[] | undefined;
}

/** Lets in who is signed in (and has one of `roles`); the others go to the sign-in page and come back. */
export default function StaffLayout({ children, roles }: Props) {
  return (
    <QueryClientProvider client={queryClient}>
      <Guard roles={roles}>{children}</Guard>
    </QueryClientProvider>
  );
}

function Guard({ children, roles }: Props) {
  const t = useMessages(commonMessages);
  const text = useProblemText();
  const [path] = useLocation();
  const me = useMe();

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
  if (!me.data) return <Redirect to={signInPath(path)} replace />;
  const allowed = !roles || roles.some((role) => me.data?.roles.includes(role));
  return <Shell me={me.data}>{allowed ? children : <NotFound />}</Shell>;
}

export function signInPath(from: string): string {
  return from === "/" || from === "/rooms" ? "/sign-in" : `/sign-in?next=${encodeURIComponent(from)}`;
}

function Shell({ me, children }: { me: Me; children: ReactNode }) {
  const t = useMessages(commonMessages);
  const text = useProblemText();
  const [, navigate] = useLocation();

  const admin = me.roles.includes("office_admin");
  const operator = me.roles.includes("operator");
  const nav: NavItem[] = [
    { href: "/rooms", label: t("nav.rooms") },
    ...(admin
      ? [
          { href: "/admin/people", label: t("nav.people") },
          { href: "/admin/departments", label: t("nav.departments") },
          { href: "/admin/office", label: t("nav.office") },
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
