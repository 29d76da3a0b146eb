import { useState } from "react";
import { useFormat, useMessages } from "@/i18n";
import { Button, ButtonLink } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { releaseHold } from "../api";
import { holdMessages } from "../hold/messages";
import { detailsAddress } from "../model/address";
import { leftMs, setHold, useDraft } from "../model/draft";
import { HoldClock } from "./HoldClock";

/** A slot is kept already: somebody went back to look around. */
export function Kept() {
  const t = useMessages(holdMessages);
  const format = useFormat();
  const { hold } = useDraft();
  // Whether it is over is the clock's matter; here it only mustn't be offered when it is.
  const [open] = useState(() => hold !== null && leftMs(hold) > 0);
  if (!open || !hold) return null;
  return (
    <Notice
      title={t("kept.title", { date: format.longDate(hold.start), time: format.time(hold.start) })}
      actions={
        <>
          <ButtonLink href={detailsAddress(hold.office, hold.matter)}>{t("kept.go_on")}</ButtonLink>
          <Button
            variant="secondary"
            onClick={() => {
              setHold(null);
              void releaseHold(hold.secret).catch(() => undefined);
            }}
          >
            {t("kept.release")}
          </Button>
        </>
      }
    >
      <HoldClock hold={hold} />
    </Notice>
  );
}
