import { lazy } from "react";
import type { Route } from "@/app/route";

export const routes: readonly Route[] = [
  { path: "/account", layout: "entry", page: lazy(() => import("./components/AccountLinkPage")) },
  {
    path: "/account/settings",
    layout: "staff",
    page: lazy(() => import("./components/SettingsPage")),
  },
];
