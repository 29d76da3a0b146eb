import { useEffect, useRef } from "react";
import type { LinkPreview } from "@/api/types";
import { useFormat, useMessages } from "@/i18n";
import { Notice } from "@/ui/Notice";
import { useNow } from "../hooks/useNow";
import { messages } from "../messages";
import { clock } from "../model/clock";
import styles from "./Opening.module.css";

/** Beyond this a ticking clock tells less than the date. */
const COUNTDOWN_MS = 60 * 60_000;

interface Props {
  preview: LinkPreview;
  /** How far the server's clock is ahead of this device's. */
  skewMs: number;
  onOpen: () => void;
}

/** Counts down to the moment when the link opens. */
export function Opening({ preview, skewMs, onOpen }: Props) {
  const t = useMessages(messages);
  const format = useFormat();
  const now = useNow(1000) + skewMs;
  const opensAt = Date.parse(preview.opens_at);
  const left = opensAt - now;
  const open = useRef(onOpen);
  useEffect(() => {
    open.current = onOpen;
  });
  const due = left <= 0;
  useEffect(() => {
    if (due) open.current();
  }, [due]);

  return (
    <Notice tone="info" title={t("early.title")}>
      <p>
        {t("early.body", {
          time: format.dateTime(opensAt),
          relative: format.relative(opensAt, now),
        })}
      </p>
      {left < COUNTDOWN_MS ? (
        <p className={styles.countdown} role="timer">
          {t("early.countdown", { clock: clock(left) })}
        </p>
      ) : null}
    </Notice>
  );
}
