import { lazyPage } from "@/app/lazyPage";
import type { CitizenRoute } from "@/app/route";

/**
 * `/booking`: a citizen books, without an account. Each step has an address of its own; what was
 * chosen stands in it. Fixed names come before `:office`, which would match them, too.
 */
export const routes: readonly CitizenRoute[] = [
  { path: "/booking", layout: "citizen", page: lazyPage(() => import("./pages/OfficesPage")) },
  {
    path: "/booking/appointment",
    layout: "citizen",
    page: lazyPage(() => import("./pages/AppointmentPage")),
  },
  // What the waiting list offers by mail is a hold: the same page leads on from it.
  {
    path: "/booking/offer",
    layout: "citizen",
    page: lazyPage(() => import("./pages/AppointmentPage")),
  },
  {
    path: "/booking/waiting",
    layout: "citizen",
    page: lazyPage(() => import("./pages/WaitingPage")),
  },
  {
    path: "/booking/kiosk/:office",
    layout: "citizen",
    page: lazyPage(() => import("./pages/KioskPage")),
  },
  {
    path: "/booking/:office",
    layout: "citizen",
    page: lazyPage(() => import("./pages/MattersPage")),
  },
  {
    path: "/booking/:office/:matter",
    layout: "citizen",
    page: lazyPage(() => import("./pages/FormPage")),
  },
  {
    path: "/booking/:office/:matter/times",
    layout: "citizen",
    page: lazyPage(() => import("./pages/TimesPage")),
  },
  {
    path: "/booking/:office/:matter/details",
    layout: "citizen",
    page: lazyPage(() => import("./pages/DetailsPage")),
  },
  {
    path: "/booking/:office/:matter/waiting",
    layout: "citizen",
    page: lazyPage(() => import("./pages/JoinWaitingPage")),
  },
  {
    path: "/booking/:office/:matter/code",
    layout: "citizen",
    page: lazyPage(() => import("./pages/CodePage")),
  },
];
