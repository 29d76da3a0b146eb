import { lazyPage } from "@/app/lazyPage";
import type { CitizenRoute } from "@/app/route";

/** `/j#<secret>`: where a guest's link leads. Frames itself, since the call takes the whole window. */
export const routes: readonly CitizenRoute[] = [
  { path: "/j", layout: "call", page: lazyPage(() => import("./JoinPage")) },
];
