import { useMessages } from "@/i18n";
import type { Quality } from "@/rtc";
import { cx } from "@/ui/cx";
import { messages } from "../messages";
import styles from "./QualityMark.module.css";

const BARS: Record<Quality, number> = { good: 3, fair: 2, poor: 1, lost: 0 };

/** Connection quality: bars, and the same in words. */
export function QualityMark({ quality, words = false }: { quality: Quality; words?: boolean }) {
  const t = useMessages(messages);
  const text = t(`quality.${quality}`);
  return (
    <span className={styles.mark} title={words ? undefined : text}>
      <svg viewBox="0 0 16 14" className={cx(styles.bars, styles[quality])} aria-hidden>
        {[0, 1, 2].map((bar) => (
          <rect
            key={bar}
            x={1 + bar * 5}
            y={9 - bar * 4}
            width={4}
            height={5 + bar * 4}
            rx={1}
            className={bar < BARS[quality] ? styles.full : styles.empty}
          />
        ))}
        {quality === "lost" ? <path d="M1 1l14 12" className={styles.strike} /> : null}
      </svg>
      <span className={words ? styles.words : "visually-hidden"}>{text}</span>
    </span>
  );
}
