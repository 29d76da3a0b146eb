import { useEffect, useState } from "react";
import { useMessages } from "@/i18n";
import type { Call } from "@/rtc";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { Spinner } from "@/ui/Spinner";
import { messages } from "../messages";
import styles from "./Connecting.module.css";

/** A join takes well under a second; whoever waits this long should hear why. */
const SLOW_MS = 6_000;

/** Between "Join" and the server's first word. */
export function Connecting({ call, title }: { call: Call; title: string }) {
  const t = useMessages(messages);
  const [slow, setSlow] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setSlow(true), SLOW_MS);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div className={styles.connecting}>
      <PageHeader over={title} title={t("title.connecting")} />
      <p className={styles.wait}>
        <Spinner />
        {t("connecting.body")}
      </p>
      {slow ? (
        <Notice tone="warn" live="polite">
          {t("connecting.retry")}
        </Notice>
      ) : null}
      <Button variant="secondary" onClick={() => void call.leave()}>
        {t("connecting.cancel")}
      </Button>
    </div>
  );
}
