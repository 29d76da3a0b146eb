import { lazy } from "react";
import type { Route } from "@/app/route";

const roles = ["office_admin"] as const;

export const routes: readonly Route[] = [
  {
    path: "/admin/people",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/PeoplePage")),
  },
  {
    path: "/admin/departments",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/DepartmentsPage")),
  },
  {
    path: "/admin/office",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/OfficePage")),
  },
  {
    path: "/admin/audit",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/AuditPage")),
  },
];
