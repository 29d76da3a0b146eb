import { lazyPage } from "@/app/lazyPage";
import type { CitizenRoute } from "@/app/route";

/** The screen in the hall needs nobody to be signed in. */
export const publicRoutes: readonly CitizenRoute[] = [
  {
    path: "/booking/queue",
    layout: "call",
    page: lazyPage(() => import("./components/QueueScreenPage")),
  },
];
