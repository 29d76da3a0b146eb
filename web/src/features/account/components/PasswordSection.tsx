import { type FormEvent, useState } from "react";
import type { Me } from "@/api/types";
import styles from "@/forms/forms.module.css";
import { type Fault, useRefusal } from "@/forms/useRefusal";
import { UsernameHint } from "@/forms/UsernameHint";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { useChangePassword } from "../api/account";
import { messages } from "../messages";
import { passwordFault } from "../model/password";
import { NewPasswordField } from "./NewPasswordField";
import { Section } from "./Section";

const EMPTY = { current: "", new: "" };

export function PasswordSection({ me }: { me: Me }) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const change = useChangePassword();
  const [draft, setDraft] = useState(EMPTY);
  const personal = [me.name, me.email];

  async function submit(event: FormEvent) {
    event.preventDefault();
    const faults: Fault[] = [];
    if (draft.current === "") faults.push({ field: "current", reason: "missing" });
    const reason = passwordFault(draft.new, personal);
    if (reason) faults.push({ field: "new", reason });
    if (faults.length > 0) return refusal.refuse(faults);
    refusal.clear();
    try {
      await change.mutateAsync(draft);
      setDraft(EMPTY);
      toast(t("password.saved"));
    } catch (error) {
      refusal.refuseWith(error, {
        bad_credentials: { field: "current", reason: "wrong" },
        password_weak: { field: "new", reason: "refused" },
      });
    }
  }

  return (
    <Section heading={t("password.heading")}>
      <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <UsernameHint email={me.email} />
        <TextField
          id={refusal.idOf("current")}
          label={t("password.current")}
          error={refusal.errorOf("current")}
          type="password"
          autoComplete="current-password"
          value={draft.current}
          onChange={(event) => setDraft({ ...draft, current: event.target.value })}
        />
        <NewPasswordField
          id={refusal.idOf("new")}
          label={t("password.new")}
          error={refusal.errorOf("new")}
          personal={personal}
          value={draft.new}
          onChange={(password) => setDraft({ ...draft, new: password })}
        />
        <div className={styles.actions}>
          <Button type="submit" busy={change.isPending}>
            {t("password.submit")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
