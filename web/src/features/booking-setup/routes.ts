import { lazy } from "react";
import type { Route } from "@/app/route";

const roles = ["office_admin"] as const;
const MatterPage = lazy(() => import("./components/MatterPage"));

export const routes: readonly Route[] = [
  {
    path: "/booking-setup",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/ProfilePage")),
  },
  {
    path: "/booking-setup/matters",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/MattersPage")),
  },
  { path: "/booking-setup/matters/new", layout: "staff", roles, page: MatterPage },
  { path: "/booking-setup/matters/:matter", layout: "staff", roles, page: MatterPage },
  {
    path: "/booking-setup/officials",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/OfficialsPage")),
  },
  {
    path: "/booking-setup/officials/:official",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/OfficialPage")),
  },
  {
    path: "/booking-setup/closures",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/ClosuresPage")),
  },
  {
    path: "/booking-setup/places",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/PlacesPage")),
  },
  {
    path: "/booking-setup/places/:place",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/PlacePage")),
  },
  {
    path: "/booking-setup/data",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/DataPage")),
  },
  {
    path: "/booking-setup/systems",
    layout: "staff",
    roles,
    page: lazy(() => import("./components/SystemsPage")),
  },
];
