import { useState } from "react";
import { Redirect, useLocation, useParams, useSearch } from "wouter";
import { useMessages } from "@/i18n";
import { findOffered, type Offered } from "../api";
import { Kept } from "../components/Kept";
import { LoadingPage } from "../components/Loading";
import { SlotPicker } from "../components/SlotPicker";
import { Step } from "../components/Step";
import { Summary } from "../components/Summary";
import { useHolding } from "../hooks/useHolding";
import { useLoad } from "../hooks/useLoad";
import { timesMessages } from "../times/messages";
import { type Choice, detailsAddress, matterAddress, readChoice } from "../model/address";

/** The fourth step: when. */
export default function TimesPage() {
  const { office = "", matter = "" } = useParams();
  const search = useSearch();
  const { state, again } = useLoad(
    `matter:${office}:${matter}`,
    (signal) => findOffered(office, matter, signal),
    { keep: true },
  );
  const choice = readChoice(search);
  if (!choice) return <Redirect to={matterAddress(office, matter)} replace />;
  return (
    <LoadingPage state={state} onRetry={again}>
      {(offered) => <Times offered={offered} choice={choice} />}
    </LoadingPage>
  );
}

function Times({ offered, choice }: { offered: Offered; choice: Choice }) {
  const t = useMessages(timesMessages);
  const [, navigate] = useLocation();
  const { office, matter } = offered;
  const holding = useHolding();
  const [refused, setRefused] = useState<unknown>(null);
  const wish = { office: office.id, matter: matter.id, ...choice };

  return (
    <Step
      step={4}
      title={t("times.title")}
      lead={t("times.lead")}
      aside={<Summary offered={offered} choice={choice} />}
    >
      <Kept />
      <SlotPicker
        offered={offered}
        choice={choice}
        pending={holding.pending}
        refused={refused}
        onPick={(slot) => {
          setRefused(null);
          holding.take(wish, slot).then(
            (held) => {
              if (held) navigate(detailsAddress(office.id, matter.id));
            },
            (error: unknown) => setRefused(error),
          );
        }}
      />
    </Step>
  );
}
