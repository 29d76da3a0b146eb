import { type FormEvent, useState } from "react";
import { ApiProblem } from "@/api/problem";
import type { Me } from "@/api/types";
import styles from "@/forms/forms.module.css";
import { isCode, readCode } from "@/forms/code";
import { useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { useSignIn } from "../api/session";
import { messages } from "../messages";
import type { Credentials } from "./SignInPage";

interface Props {
  credentials: Credentials;
  onSignedIn: (me: Me) => void;
  onBack: () => void;
}

export function CodeStep({ credentials, onSignedIn, onBack }: Props) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const signIn = useSignIn();
  const [code, setCode] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!isCode(code)) return refusal.refuse([{ field: "totp", reason: "malformed" }]);
    try {
      onSignedIn(await signIn.mutateAsync({ ...credentials, totp: code }));
    } catch (error) {
      // The password was changed meanwhile.
      if (ApiProblem.from(error).code === "bad_credentials") return onBack();
      setCode("");
      refusal.refuseWith(error, { totp_invalid: { field: "totp", reason: "wrong" } });
    }
  }

  return (
    <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <TextField
        id={refusal.idOf("totp")}
        label={t("code.label")}
        hint={t("code.lost")}
        error={refusal.errorOf("totp")}
        width="short"
        inputMode="numeric"
        autoComplete="one-time-code"
        // eslint-disable-next-line jsx-a11y/no-autofocus -- the step has nothing else, and follows from the one before
        autoFocus
        value={code}
        onChange={(event) => setCode(readCode(event.target.value))}
      />
      <div className={styles.actions}>
        <Button type="submit" busy={signIn.isPending}>
          {t("code.submit")}
        </Button>
        <Button variant="quiet" onClick={onBack}>
          {t("code.back")}
        </Button>
      </div>
    </form>
  );
}
