import { X } from "lucide-react";
import { useEffect } from "react";
import { create } from "zustand";
import { commonMessages, useMessages } from "@/i18n";
import { Button } from "./Button";
import { Notice, type Tone } from "./Notice";
import styles from "./Toasts.module.css";

interface Toast {
  id: number;
  tone: Tone;
  text: string;
}

/** Long enough to read twice; bad news stays until it is dismissed (WCAG 2.2.1). */
const SHOWN_MS = 8_000;
const MOST = 4;

let last = 0;
const useToasts = create<{ toasts: readonly Toast[] }>()(() => ({ toasts: [] }));

/** Says that something happened, in passing. What must not be missed belongs on the page. */
export function toast(text: string, tone: Tone = "good"): void {
  last += 1;
  const next: Toast = { id: last, tone, text };
  useToasts.setState(({ toasts }) => ({ toasts: [...toasts, next].slice(-MOST) }));
}

function dismiss(id: number): void {
  useToasts.setState(({ toasts }) => ({ toasts: toasts.filter((one) => one.id !== id) }));
}

export function Toasts() {
  const t = useMessages(commonMessages);
  const toasts = useToasts((state) => state.toasts);
  return (
    <section className={styles.toasts} aria-label={t("notifications")} aria-live="polite">
      {toasts.map((one) => (
        <Shown key={one.id} toast={one} />
      ))}
    </section>
  );
}

function Shown({ toast: { id, tone, text } }: { toast: Toast }) {
  const t = useMessages(commonMessages);
  useEffect(() => {
    if (tone === "bad") return;
    const timer = setTimeout(() => dismiss(id), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [id, tone]);
  return (
    <div className={styles.toast}>
      <Notice tone={tone} className={styles.notice}>
        {text}
      </Notice>
      <Button
        variant="quiet"
        size="s"
        icon={X}
        iconOnly
        className={styles.close}
        onClick={() => dismiss(id)}
      >
        {t("actions.dismiss")}
      </Button>
    </div>
  );
}
