import { type FormEvent, useState } from "react";
import { ApiProblem } from "@/api/problem";
import type { Me } from "@/api/types";
import { looksLikeEmail } from "@/forms/email";
import styles from "@/forms/forms.module.css";
import { type Fault, useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { Link } from "@/ui/Link";
import { useSignIn } from "../api/session";
import { messages } from "../messages";
import type { Credentials } from "./SignInPage";

interface Props {
  onSignedIn: (me: Me) => void;
  onCodeNeeded: (credentials: Credentials) => void;
}

export function PasswordStep({ onSignedIn, onCodeNeeded }: Props) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const signIn = useSignIn();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    const faults = check(email, password);
    if (faults.length > 0) return refusal.refuse(faults);
    const credentials = { email: email.trim(), password };
    try {
      onSignedIn(await signIn.mutateAsync(credentials));
    } catch (error) {
      if (ApiProblem.from(error).code === "totp_required") return onCodeNeeded(credentials);
      setPassword("");
      refusal.refuseWith(error);
    }
  }

  return (
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
      <TextField
        id={refusal.idOf("password")}
        label={t("sign_in.password")}
        error={refusal.errorOf("password")}
        type="password"
        autoComplete="current-password"
        value={password}
        onChange={(event) => setPassword(event.target.value)}
      />
      <div className={styles.actions}>
        <Button type="submit" busy={signIn.isPending}>
          {signIn.isPending ? t("sign_in.submitting") : t("sign_in.submit")}
        </Button>
        <Link href="/forgot-password">{t("sign_in.forgot")}</Link>
      </div>
    </form>
  );
}

function check(email: string, password: string): Fault[] {
  const faults: Fault[] = [];
  if (email.trim() === "") faults.push({ field: "email", reason: "missing" });
  else if (!looksLikeEmail(email)) faults.push({ field: "email", reason: "malformed" });
  if (password === "") faults.push({ field: "password", reason: "missing" });
  return faults;
}
