import type { Shell } from "@/app/shell";
import { useMessages } from "@/i18n";
import { Loading, LoadingStep } from "./components/Loading";
import { detailsMessages } from "./details/messages";
import { messages } from "./messages";
import { timesMessages } from "./times/messages";

const loading = { state: { kind: "loading" }, onRetry: () => {} } as const;
const nothing = () => null;

/** What stands on booking's pages until their code is there. */
export const shells: readonly Shell[] = [
  { path: "/booking", page: "OfficesPage", View: Offices },
  { path: "/booking/appointment", page: "AppointmentPage", View: Plain },
  { path: "/booking/offer", page: "AppointmentPage", View: Plain },
  { path: "/booking/waiting", page: "WaitingPage", View: Plain },
  { path: "/booking/kiosk/:office", page: "KioskPage", View: Plain },
  { path: "/booking/:office", page: "MattersPage", View: Matters },
  { path: "/booking/:office/:matter", page: "FormPage", View: Form },
  { path: "/booking/:office/:matter/times", page: "TimesPage", View: Times },
  { path: "/booking/:office/:matter/details", page: "DetailsPage", View: Details },
  { path: "/booking/:office/:matter/waiting", page: "JoinWaitingPage", View: Plain },
  { path: "/booking/:office/:matter/code", page: "CodePage", View: Plain },
].map(({ page, ...shell }) => ({ ...shell, source: `src/features/booking/pages/${page}.tsx` }));

function Plain() {
  return <Loading {...loading}>{nothing}</Loading>;
}

function Offices() {
  const t = useMessages(messages);
  return (
    <LoadingStep {...loading} step={1} title={t("offices.title")} lead={t("offices.lead")}>
      {nothing}
    </LoadingStep>
  );
}

function Matters() {
  const t = useMessages(messages);
  return (
    <LoadingStep
      {...loading}
      step={2}
      title={t("matters.title")}
      lead={t("matters.lead")}
      aside={nothing}
    >
      {nothing}
    </LoadingStep>
  );
}

function Form() {
  const t = useMessages(messages);
  return (
    <LoadingStep {...loading} step={3} title={t("how.title")}>
      {nothing}
    </LoadingStep>
  );
}

function Times() {
  const t = useMessages(timesMessages);
  return (
    <LoadingStep
      {...loading}
      step={4}
      title={t("times.title")}
      lead={t("times.lead")}
      aside={nothing}
    >
      {nothing}
    </LoadingStep>
  );
}

function Details() {
  const t = useMessages(detailsMessages);
  return (
    <LoadingStep {...loading} step={5} title={t("details.title")} asideLast aside={nothing}>
      {nothing}
    </LoadingStep>
  );
}
