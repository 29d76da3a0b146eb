import { lazy, Suspense } from "react";
import { Redirect, Route as WouterRoute, Switch } from "wouter";
import { OfflineBanner } from "@/ui/OfflineBanner";
import { PageSpinner } from "@/ui/Spinner";
import { Toasts } from "@/ui/Toasts";
import { CrashBoundary } from "./CrashBoundary";
import { NotFound } from "./NotFound";
import { PublicLayout } from "./PublicLayout";
import type { Route } from "./route";
import { routes } from "./routes";

const StaffLayout = lazy(() => import("./StaffLayout"));
const EntryLayout = lazy(() => import("./EntryLayout"));

export function App() {
  return (
    <CrashBoundary>
      <Suspense fallback={<PageSpinner />}>
        <OfflineBanner />
        <Switch>
          {routes.map((route) => (
            <WouterRoute key={route.path} path={route.path}>
              <Framed route={route} />
            </WouterRoute>
          ))}
          <WouterRoute path="/">
            <Redirect to="/rooms" replace />
          </WouterRoute>
          <WouterRoute>
            <PublicLayout>
              <NotFound />
            </PublicLayout>
          </WouterRoute>
        </Switch>
        <Toasts />
      </Suspense>
    </CrashBoundary>
  );
}

function Framed({ route }: { route: Route }) {
  const Page = route.page;
  const page = (
    <Suspense fallback={<PageSpinner />}>
      <Page />
    </Suspense>
  );
  switch (route.layout) {
    case "citizen":
      return <PublicLayout>{page}</PublicLayout>;
    case "entry":
      return <EntryLayout>{page}</EntryLayout>;
    case "staff":
      return <StaffLayout roles={route.roles}>{page}</StaffLayout>;
    case "call":
      return page;
  }
}
