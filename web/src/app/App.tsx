import { lazy, Suspense } from "react";
import { Route as WouterRoute, Switch } from "wouter";
import { OfflineBanner } from "@/ui/OfflineBanner";
import { PageSpinner } from "@/ui/Spinner";
import { Toasts } from "@/ui/Toasts";
import { CrashBoundary } from "./CrashBoundary";
import { PublicLayout } from "./PublicLayout";
import type { CitizenRoute } from "./route";
import { citizenRoutes } from "./routes";

const StaffRoutes = lazy(() => import("./StaffRoutes"));

export function App() {
  return (
    <CrashBoundary>
      <Suspense fallback={<PageSpinner />}>
        <OfflineBanner />
        <Switch>
          {citizenRoutes.map((route) => (
            <WouterRoute key={route.path} path={route.path}>
              <Framed route={route} />
            </WouterRoute>
          ))}
          <WouterRoute>
            <StaffRoutes />
          </WouterRoute>
        </Switch>
        <Toasts />
      </Suspense>
    </CrashBoundary>
  );
}

function Framed({ route }: { route: CitizenRoute }) {
  const Page = route.page;
  const page = (
    <Suspense fallback={<PageSpinner />}>
      <Page />
    </Suspense>
  );
  return route.layout === "call" ? page : <PublicLayout>{page}</PublicLayout>;
}
