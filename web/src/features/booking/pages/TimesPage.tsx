import { useState } from "react";
import { Redirect, useLocation, useParams, useSearch } from "wouter";
import { useMessages } from "@/i18n";
import { findOffered, type Offered } from "../api";
import { Kept } from "../components/Kept";
import { LoadingStep } from "../components/Loading";
import { SlotPicker } from "../components/SlotPicker";
import { Summary } from "../components/Summary";
import { useHolding } from "../hooks/useHolding";
import { useLoad } from "../hooks/useLoad";
import { timesMessages } from "../times/messages";
import { type Choice, detailsAddress, matterAddress, readChoice } from "../model/address";

/** The fourth step: when. */
export default function TimesPage() {
  const t = useMessages(timesMessages);
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
    <LoadingStep
      state={state}
      onRetry={again}
      step={4}
      title={t("times.title")}
      lead={t("times.lead")}
      aside={(offered) => <Summary offered={offered} choice={choice} />}
    >
      {(offered) => <Times offered={offered} choice={choice} />}
    </LoadingStep>
  );
}

function Times({ offered, choice }: { offered: Offered; choice: Choice }) {
  const [, navigate] = useLocation();
  const { office, matter } = offered;
  const holding = useHolding();
  const [refused, setRefused] = useState<unknown>(null);
  const wish = { office: office.id, matter: matter.id, ...choice };

  return (
    <>
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
    </>
  );
}
