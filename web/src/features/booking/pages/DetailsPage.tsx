import { Redirect, useParams } from "wouter";
import { DetailsForm } from "../components/DetailsForm";
import { HoldState } from "../components/HoldState";
import { LoadingPage } from "../components/Loading";
import { Step } from "../components/Step";
import { Summary } from "../components/Summary";
import { findOffered } from "../api";
import { useLoad } from "../hooks/useLoad";
import { detailsMessages } from "../details/messages";
import { matterAddress } from "../model/address";
import { useDraft } from "../model/draft";
import { useMessages } from "@/i18n";

/** The fifth step: who comes, and what the official must know. */
export default function DetailsPage() {
  const t = useMessages(detailsMessages);
  const { office = "", matter = "" } = useParams();
  const { hold } = useDraft();
  const { state, again } = useLoad(
    `matter:${office}:${matter}`,
    (signal) => findOffered(office, matter, signal),
    { keep: true },
  );
  if (hold?.office !== office || hold.matter !== matter) {
    return <Redirect to={matterAddress(office, matter)} replace />;
  }
  return (
    <LoadingPage state={state} onRetry={again}>
      {(offered) => (
        <Step
          step={5}
          title={t("details.title")}
          asideLast
          aside={<Summary offered={offered} choice={hold} slot={hold} />}
        >
          <HoldState hold={hold}>
            {(open) => <DetailsForm offered={offered} hold={hold} open={open} />}
          </HoldState>
        </Step>
      )}
    </LoadingPage>
  );
}
