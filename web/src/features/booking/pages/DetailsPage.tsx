import { Redirect, useParams } from "wouter";
import { DetailsForm } from "../components/DetailsForm";
import { HoldState } from "../components/HoldState";
import { LoadingStep } from "../components/Loading";
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
    <LoadingStep
      state={state}
      onRetry={again}
      step={5}
      title={t("details.title")}
      asideLast
      aside={(offered) => <Summary offered={offered} choice={hold} slot={hold} />}
    >
      {(offered) => (
        <HoldState hold={hold}>
          {(open) => <DetailsForm offered={offered} hold={hold} open={open} />}
        </HoldState>
      )}
    </LoadingStep>
  );
}
