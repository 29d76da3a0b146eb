import { type FormEvent, type ReactNode } from "react";
import formStyles from "@/forms/forms.module.css";
import type { Fault, Refusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { cx } from "@/ui/cx";
import styles from "./Setup.module.css";

interface Props {
  refusal: Refusal;
  /** What can't be sent as it stands. */
  faults: () => readonly Fault[];
  /** Sends it, and says that it is saved. @throws {ApiProblem} */
  save: () => Promise<void>;
  busy: boolean;
  /** Beside the button that saves. */
  actions?: ReactNode;
  children: ReactNode;
}

/** A long page of settings that are saved together. */
export function Editor({ refusal, faults, save, busy, actions, children }: Props) {
  const t = useMessages(commonMessages);
  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = faults();
    if (found.length > 0) return refusal.refuse(found);
    refusal.clear();
    try {
      await save();
    } catch (error) {
      refusal.refuseWith(error);
    }
  }
  return (
    <form
      className={cx(formStyles.form, styles.wide)}
      noValidate
      onSubmit={(event) => void submit(event)}
    >
      {refusal.summary}
      {children}
      <div className={cx(formStyles.actions, styles.save)}>
        <Button type="submit" busy={busy}>
          {t("actions.save")}
        </Button>
        {actions}
      </div>
    </form>
  );
}

export function Section({ heading, children }: { heading: string; children: ReactNode }) {
  return (
    <section className={styles.section}>
      <h2>{heading}</h2>
      {children}
    </section>
  );
}
