import { Download } from "lucide-react";
import { type FormEvent, useState } from "react";
import { useProblemText } from "@/api/problem";
import { looksLikeEmail } from "@/forms/email";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { saveFile } from "@/ui/save";
import { toast } from "@/ui/Toasts";
import { useErasePerson, useExportPerson } from "../api/data";
import { messages } from "../messages";
import styles from "./Setup.module.css";

/** A person's right to see their data and to have it erased (Articles 15 and 17 GDPR). */
export function PersonalData() {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const refusal = useRefusal(t);
  const exporting = useExportPerson();
  const erasing = useErasePerson();
  const [email, setEmail] = useState("");
  const [asking, setAsking] = useState(false);

  function checked(): string | null {
    const address = email.trim();
    if (looksLikeEmail(address)) {
      refusal.clear();
      return address;
    }
    const reason = address === "" ? "missing" : "malformed";
    refusal.refuse([{ field: "email", reason }]);
    return null;
  }

  async function download(event: FormEvent) {
    event.preventDefault();
    const address = checked();
    if (address === null) return;
    try {
      const data = await exporting.mutateAsync(address);
      saveFile(
        "dane-osobowe.json",
        new Blob([JSON.stringify(data, null, 2)], { type: "application/json" }),
      );
      toast(t("data.exported", { count: data.appointments.length }));
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  async function erase() {
    try {
      const { appointments } = await erasing.mutateAsync(email.trim());
      toast(t("data.erased", { count: appointments }));
      setEmail("");
    } catch (error) {
      toast(problemText(error), "bad");
    }
    setAsking(false);
  }

  return (
    <section className={styles.stackSection} aria-labelledby="personal-data">
      <h2 id="personal-data">{t("data.person")}</h2>
      <p className={styles.soft}>{t("data.person_hint")}</p>
      <form className={formStyles.form} noValidate onSubmit={(event) => void download(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("email")}
          label={t("data.email")}
          error={refusal.errorOf("email")}
          type="email"
          width="medium"
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <div className={formStyles.actions}>
          <Button type="submit" variant="secondary" icon={Download} busy={exporting.isPending}>
            {t("data.export")}
          </Button>
          <Button
            variant="secondary"
            onClick={() => {
              if (checked() !== null) setAsking(true);
            }}
          >
            {t("data.erase")}
          </Button>
        </div>
      </form>
      {asking ? (
        <ConfirmDialog
          open
          title={t("data.erase_title", { email: email.trim() })}
          confirm={t("data.erase")}
          busy={erasing.isPending}
          onConfirm={() => void erase()}
          onClose={() => setAsking(false)}
        >
          <p>{t("data.erase_body")}</p>
        </ConfirmDialog>
      ) : null}
    </section>
  );
}
