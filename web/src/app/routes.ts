import type { Route } from "./route";

const features = import.meta.glob<{ routes: readonly Route[] }>("../features/*/routes.ts", {
  eager: true,
});

/** Every page of every feature. The lists are eager and tiny; the pages behind them load on demand. */
export const routes: readonly Route[] = Object.values(features).flatMap(
  (feature) => feature.routes,
);
