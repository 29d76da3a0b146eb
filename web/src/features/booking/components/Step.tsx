import type { ReactNode } from "react";
import { useMessages } from "@/i18n";
import { PageHeader } from "@/ui/PageHeader";
import { messages } from "../messages";
import styles from "./Step.module.css";

/** Office, matter, form, time, details, confirmation. */
const STEPS = 6;

interface Props {
  /** 1 to 6. */
  step: number;
  title: string;
  lead?: ReactNode;
  /** What was chosen so far, beside the step where there is room. */
  aside?: ReactNode;
  /** On a narrow page it comes after the step, which matters more. */
  asideLast?: boolean;
  children: ReactNode;
}

/** One step of booking: which one it is, and its one question. */
export function Step({ step, title, lead, aside, asideLast = false, children }: Props) {
  const t = useMessages(messages);
  return (
    <div className={aside ? styles.wide : styles.step}>
      <div className={styles.head}>
        <Progress step={step} />
        <PageHeader
          over={t("step.of", { step, steps: STEPS, name: t(`step.name.${step as 1}`) })}
          title={title}
          lead={lead}
        />
      </div>
      {aside && !asideLast ? <div className={styles.aside}>{aside}</div> : null}
      <div className={styles.body}>{children}</div>
      {aside && asideLast ? <div className={styles.aside}>{aside}</div> : null}
    </div>
  );
}

/** The same as the line of text beside it, for the eye. */
function Progress({ step }: { step: number }) {
  return (
    <div className={styles.progress} aria-hidden>
      {Array.from({ length: STEPS }, (_, index) => (
        <span key={index} className={index < step ? styles.past : styles.ahead} />
      ))}
    </div>
  );
}
