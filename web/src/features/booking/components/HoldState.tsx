import { type ReactNode, useEffect, useRef, useState } from "react";
import { useLocation } from "wouter";
import { useProblemText } from "@/api/problem";
import { useFormat, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { useHolding } from "../hooks/useHolding";
import { useNow } from "../hooks/useNow";
import { holdMessages } from "../hold/messages";
import { detailsAddress, timesAddress } from "../model/address";
import { type Hold, leftMs } from "../model/draft";
import { HoldClock } from "./HoldClock";

interface Props {
  hold: Hold;
  /** Gets whether the slot is still kept. */
  children: (open: boolean) => ReactNode;
}

/** The clock above a form while the slot is kept; once it isn't, what to do. The form stays. */
export function HoldState({ hold, children }: Props) {
  const now = useNow(1000);
  const open = leftMs(hold, now) > 0;
  return (
    <>
      {open ? <HoldClock hold={hold} /> : <Over hold={hold} />}
      {children(open)}
    </>
  );
}

function Over({ hold }: { hold: Hold }) {
  const t = useMessages(holdMessages);
  const format = useFormat();
  const text = useProblemText();
  const holding = useHolding();
  const [, navigate] = useLocation();
  const [refused, setRefused] = useState<unknown>(null);
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => {
    box.current?.focus();
  }, []);

  function again() {
    setRefused(null);
    const { office, matter, form, official, people, interpreter } = hold;
    holding
      .take({ office, matter, form, official, people, interpreter }, hold)
      // A code belongs to one hold: the new one begins with the details, which are all there.
      .then(
        (held) => held && navigate(detailsAddress(office, matter), { replace: true }),
        (error: unknown) => setRefused(error),
      );
  }

  return (
    <div ref={box} role="alert" tabIndex={-1}>
      <Notice
        tone="warn"
        title={t("hold.over")}
        actions={
          <>
            {hold.offered ? null : (
              <Button busy={holding.pending !== null} onClick={again}>
                {t("hold.again", {
                  date: format.longDate(hold.start),
                  time: format.time(hold.start),
                })}
              </Button>
            )}
            <ButtonLink variant="secondary" href={timesAddress(hold.office, hold.matter, hold)}>
              {t("hold.choose")}
            </ButtonLink>
          </>
        }
      >
        <p>{t("hold.over_body")}</p>
        {refused ? (
          <p>
            <strong>{text(refused)}</strong>
          </p>
        ) : null}
      </Notice>
    </div>
  );
}
