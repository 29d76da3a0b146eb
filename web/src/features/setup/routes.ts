import { lazy } from "react";
import type { Route } from "@/app/route";

export const routes: readonly Route[] = [
  { path: "/setup", layout: "entry", page: lazy(() => import("./components/SetupPage")) },
];
