import { lazy } from "react";
import type { CitizenRoute } from "@/app/route";

/** The screen in the hall needs nobody to be signed in. */
export const publicRoutes: readonly CitizenRoute[] = [
  {
    path: "/booking/queue",
    layout: "call",
    page: lazy(() => import("./components/QueueScreenPage")),
  },
];
