import { Hourglass } from "lucide-react";
import { useMessages } from "@/i18n";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { useNow } from "../hooks/useNow";
import { holdMessages } from "../hold/messages";
import { announcement, URGENT_MS } from "../model/countdown";
import { type Hold, leftMs } from "../model/draft";
import styles from "./HoldClock.module.css";

/** How long a slot is still kept: always to be seen, and said aloud two minutes before the end. */
export function HoldClock({ hold }: { hold: Hold }) {
  const t = useMessages(holdMessages);
  const now = useNow(500);
  const left = leftMs(hold, now);
  const spoken = announcement(left);
  const seconds = Math.ceil(left / 1000);
  const time = clock(seconds);
  return (
    <div className={cx(styles.clock, left <= URGENT_MS ? styles.urgent : undefined)}>
      <Icon of={Hourglass} />
      {/* A timer is silent by itself (WAI-ARIA 1.2): nobody wants to hear each second. */}
      <p role="timer">
        {t.rich(
          "hold.left",
          { b: (text) => <strong className={styles.time}>{text}</strong> },
          { time },
        )}
      </p>
      <p role="status" className="visually-hidden">
        {spoken === null
          ? ""
          : spoken >= 60_000
            ? t("hold.warn_minutes", { count: spoken / 60_000 })
            : t("hold.warn_seconds", { count: spoken / 1000 })}
      </p>
    </div>
  );
}

/** `9:41`; `1:59:41` for what the waiting list offers. */
function clock(seconds: number): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const minutes = Math.floor(seconds / 60);
  return minutes >= 60
    ? `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${two(seconds % 60)}`
    : `${minutes}:${two(seconds % 60)}`;
}
