import type { ComponentType, LazyExoticComponent } from "react";
import type { Role } from "@/api/types";
import type { LazyPage } from "./lazyPage";

/**
 * - `citizen`: the light page of a guest; no React Aria, no query cache.
 * - `entry`: sign-in, set-up, account links: the same frame, with the query cache.
 * - `staff`: needs a signed-in person; navigation and account menu around the page.
 * - `call`: nothing around the page.
 */
export type Layout = "citizen" | "entry" | "staff" | "call";

/** One page. A feature lists its own in `features/<x>/routes.ts` as `export const routes`. */
export interface Route {
  /** wouter's pattern, e.g. `/rooms/:room`. */
  path: string;
  layout: Layout;
  /** Who may see it (any of these); everyone signed in when left out. Staff layout only. */
  roles?: readonly Role[];
  /** `lazy(() => import("./RoomPage"))` */
  page: LazyExoticComponent<ComponentType>;
}

/** A page that needs nobody to be signed in; its frame is there from the start. */
export interface CitizenRoute extends Omit<Route, "page"> {
  layout: "citizen" | "call";
  page: LazyPage;
}
