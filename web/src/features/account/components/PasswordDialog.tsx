import { type FormEvent, useState } from "react";
import styles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { messages } from "../messages";

interface Props {
  title: string;
  body?: string;
  submit: string;
  /** Rejects with the problem when the server refused. */
  onSubmit: (password: string) => Promise<void>;
  onClose: () => void;
}

/** Asks for the password once more before something that weakens or changes the account. */
export function PasswordDialog({ title, body, submit, onSubmit, onClose }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const [password, setPassword] = useState("");
  const [busy, setBusy] = useState(false);

  async function send(event: FormEvent) {
    event.preventDefault();
    if (password === "") return refusal.refuse([{ field: "password", reason: "missing" }]);
    setBusy(true);
    try {
      await onSubmit(password);
    } catch (error) {
      setBusy(false);
      refusal.refuseWith(error, { bad_credentials: { field: "password", reason: "wrong" } });
    }
  }

  return (
    <Dialog open title={title} onClose={onClose}>
      {body ? <p>{body}</p> : null}
      <form className={styles.form} noValidate onSubmit={(event) => void send(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("password")}
          label={t("totp.password")}
          error={refusal.errorOf("password")}
          type="password"
          autoComplete="current-password"
          value={password}
          onChange={(event) => setPassword(event.target.value)}
        />
        <div className={styles.actions}>
          <Button type="submit" busy={busy}>
            {submit}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
