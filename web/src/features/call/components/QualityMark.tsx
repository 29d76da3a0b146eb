import { Signal, SignalLow, SignalMedium, SignalZero } from "lucide-react";
import { useMessages } from "@/i18n";
import type { Quality } from "@/rtc";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { messages } from "../messages";
import styles from "./QualityMark.module.css";

const GLYPHS = { good: Signal, fair: SignalMedium, poor: SignalLow, lost: SignalZero } as const;

/** Connection quality: bars, and the same in words. */
export function QualityMark({ quality, words = false }: { quality: Quality; words?: boolean }) {
  const t = useMessages(messages);
  const text = t(`quality.${quality}`);
  return (
    <span className={styles.mark} title={words ? undefined : text}>
      <Icon of={GLYPHS[quality]} size={1} className={cx(styles[quality])} />
      <span className={words ? styles.words : "visually-hidden"}>{text}</span>
    </span>
  );
}
