import { type FormEvent, useState } from "react";
import type { TotpEnrolment } from "@/api/types";
import { isCode, readCode } from "@/forms/code";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { TextField } from "@/ui/Field";
import { QrCode } from "@/ui/QrCode";
import { useConfirmTotp } from "../api/account";
import { messages } from "../messages";
import styles from "./TotpEnrolDialog.module.css";

interface Props {
  enrolment: TotpEnrolment;
  onDone: () => void;
  onClose: () => void;
}

export function TotpEnrolDialog({ enrolment, onDone, onClose }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const confirm = useConfirmTotp();
  const [code, setCode] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (!isCode(code)) return refusal.refuse([{ field: "code", reason: "malformed" }]);
    try {
      await confirm.mutateAsync(code);
      onDone();
    } catch (error) {
      setCode("");
      refusal.refuseWith(error, { totp_invalid: { field: "code", reason: "wrong" } });
    }
  }

  return (
    <Dialog open title={t("totp.enrol_title")} onClose={onClose}>
      <p>{t("totp.scan")}</p>
      <div className={styles.qr}>
        <QrCode value={enrolment.uri} label={t("totp.qr")} />
      </div>
      <p>
        {t("totp.manual")} <code className={styles.key}>{inGroups(enrolment.secret)}</code>
      </p>
      <CopyField label={t("totp.key")} value={enrolment.secret} />
      <p>
        <a href={enrolment.uri}>{t("totp.open")}</a>
      </p>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("code")}
          label={t("totp.code")}
          error={refusal.errorOf("code")}
          width="short"
          inputMode="numeric"
          autoComplete="one-time-code"
          value={code}
          onChange={(event) => setCode(readCode(event.target.value))}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={confirm.isPending}>
            {t("totp.confirm")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Fours are easier to type off a screen; apps ignore the spaces. */
function inGroups(secret: string): string {
  return secret.match(/.{1,4}/g)?.join(" ") ?? secret;
}
