import { useEffect, useRef, useState } from "react";
import { useMessages } from "@/i18n";
import type { LocalMedia } from "@/rtc";
import { messages } from "../messages";
import styles from "./LevelMeter.module.css";

/** Above this a voice was surely heard: ordinary room noise stays below. */
const VOICE = 0.12;

/** Shows that the microphone hears, by a bar and in words. */
export function LevelMeter({ local, on }: { local: LocalMedia; on: boolean }) {
  const t = useMessages(messages);
  const bar = useRef<HTMLSpanElement>(null);
  const meter = useRef<HTMLDivElement>(null);
  const [heard, setHeard] = useState(false);

  useEffect(() => {
    if (!on) return;
    // Twenty times a second: past React, straight to the element.
    return local.onLevel((level, muted) => {
      const shown = muted ? 0 : Math.min(1, level);
      if (bar.current) bar.current.style.scale = `${shown} 1`;
      meter.current?.setAttribute("aria-valuenow", String(Math.round(shown * 20) * 5));
      if (shown > VOICE) setHeard(true);
    });
  }, [local, on]);

  return (
    <div className={styles.level}>
      <div
        ref={meter}
        className={styles.meter}
        role="meter"
        aria-label={t("devices.level")}
        aria-valuemin={0}
        aria-valuemax={100}
        aria-valuenow={0}
      >
        <span ref={bar} className={styles.bar} />
      </div>
      <p className={styles.words} role="status">
        {on
          ? heard
            ? t("devices.level_heard")
            : t("devices.level_quiet")
          : t("devices.level_off")}
      </p>
    </div>
  );
}
