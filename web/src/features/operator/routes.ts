import { lazy } from "react";
import type { Route } from "@/app/route";

const roles = ["operator"] as const;

export const routes: readonly Route[] = [
  {
    path: "/operator",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/MediaPage")),
  },
  {
    path: "/operator/outbox",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/OutboxPage")),
  },
  {
    path: "/operator/mailbox/:mail?",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/MailboxPage")),
  },
];
