import { Check, Copy } from "lucide-react";
import { useEffect, useId, useRef, useState } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { Button } from "./Button";
import styles from "./CopyField.module.css";

/** A text to take away, e.g. a link, with a button that copies it. */
export function CopyField({ label, value }: { label: string; value: string }) {
  const t = useMessages(commonMessages);
  const id = useId();
  const input = useRef<HTMLInputElement>(null);
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 3000);
    return () => clearTimeout(timer);
  }, [copied]);

  async function copy() {
    try {
      await navigator.clipboard.writeText(value);
      setCopied(true);
    } catch {
      // Refused, or an insecure context: select it, so that the keyboard can copy.
      input.current?.select();
    }
  }

  return (
    <div className={styles.copy}>
      <label htmlFor={id}>{label}</label>
      <div className={styles.row}>
        <input
          ref={input}
          id={id}
          readOnly
          value={value}
          onFocus={(event) => event.currentTarget.select()}
        />
        <Button variant="secondary" icon={copied ? Check : Copy} onClick={() => void copy()}>
          {copied ? t("actions.copied") : t("actions.copy")}
        </Button>
        <span role="status" className="visually-hidden">
          {copied ? t("actions.copied") : ""}
        </span>
      </div>
    </div>
  );
}
