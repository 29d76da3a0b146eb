import { type FormEvent, useState } from "react";
import { looksLikeEmail } from "@/forms/email";
import styles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { useRequestReset } from "../api/session";
import { messages } from "../messages";
import { EntryColumn } from "./EntryColumn";

export default function ForgotPasswordPage() {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const request = useRequestReset();
  const [email, setEmail] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    const address = email.trim();
    if (address === "") return refusal.refuse([{ field: "email", reason: "missing" }]);
    if (!looksLikeEmail(address)) return refusal.refuse([{ field: "email", reason: "malformed" }]);
    refusal.clear();
    await request.mutateAsync(address).catch(refusal.refuseWith);
  }

  const back = <Link href="/sign-in">{t("forgot.back")}</Link>;

  if (request.isSuccess) {
    return (
      <EntryColumn title={t("forgot.sent_title")} after={back}>
        <Notice tone="good">{t("forgot.sent", { email: request.variables })}</Notice>
      </EntryColumn>
    );
  }
  return (
    <EntryColumn title={t("forgot.title")} lead={t("forgot.lead")} after={back}>
      <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("email")}
          label={t("sign_in.email")}
          error={refusal.errorOf("email")}
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <div className={styles.actions}>
          <Button type="submit" busy={request.isPending}>
            {request.isPending ? t("forgot.submitting") : t("forgot.submit")}
          </Button>
        </div>
      </form>
    </EntryColumn>
  );
}
