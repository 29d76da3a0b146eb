import { lazy } from "react";
import type { Route } from "@/app/route";

const roles = ["official", "office_admin"] as const;

export const routes: readonly Route[] = [
  {
    path: "/appointments",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/DayPage")),
  },
  {
    path: "/appointments/week",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/WeekPage")),
  },
  {
    path: "/appointments/new",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/NewAppointmentPage")),
  },
  {
    path: "/appointments/stranded",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/StrandedPage")),
  },
  {
    path: "/appointments/waiting",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/WaitingListPage")),
  },
  {
    path: "/appointments/hours",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/OwnHoursPage")),
  },
  {
    path: "/appointments/statistics",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/StatisticsPage")),
  },
  {
    path: "/appointments/:appointment",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/AppointmentPage")),
  },
];
