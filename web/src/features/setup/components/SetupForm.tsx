import { type FormEvent, useState } from "react";
import type { Language } from "@/api/types";
import { NewPasswordField } from "@/features/account/components/NewPasswordField";
import { passwordFault } from "@/features/account/model/password";
import { useEnter } from "@/features/session/hooks/useEnter";
import { looksLikeEmail } from "@/forms/email";
import styles from "@/forms/forms.module.css";
import { LanguageSelect } from "@/forms/LanguageSelect";
import { type Fault, useRefusal } from "@/forms/useRefusal";
import { setLanguage, useLanguage, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { useSetup } from "../api/setup";
import { messages } from "../messages";

/** Longest name of an office and of a person, in characters. */
const OFFICE_MAX = 200;
const NAME_MAX = 80;

interface Draft {
  office_name: string;
  name: string;
  email: string;
  password: string;
}

export function SetupForm({ secret }: { secret: string }) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const setup = useSetup();
  const enter = useEnter();
  const language = useLanguage();
  const [draft, setDraft] = useState<Draft>({ office_name: "", name: "", email: "", password: "" });
  const set = (field: keyof Draft) => (event: { target: { value: string } }) =>
    setDraft({ ...draft, [field]: event.target.value });

  async function submit(event: FormEvent) {
    event.preventDefault();
    const faults = check(draft);
    if (faults.length > 0) return refusal.refuse(faults);
    try {
      const me = await setup.mutateAsync({
        secret,
        language,
        office_name: draft.office_name.trim(),
        name: draft.name.trim(),
        email: draft.email.trim(),
        password: draft.password,
      });
      enter(me, "/admin/people");
    } catch (error) {
      refusal.refuseWith(error, { password_weak: { field: "password", reason: "refused" } });
    }
  }

  return (
    <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <fieldset className={styles.section}>
        <legend>{t("office_heading")}</legend>
        <TextField
          id={refusal.idOf("office_name")}
          label={t("office_name")}
          hint={t("office_name_hint")}
          error={refusal.errorOf("office_name")}
          autoComplete="organization"
          value={draft.office_name}
          onChange={set("office_name")}
        />
      </fieldset>
      <fieldset className={styles.section}>
        <legend>{t("person_heading")}</legend>
        <TextField
          id={refusal.idOf("name")}
          label={t("name")}
          error={refusal.errorOf("name")}
          autoComplete="name"
          value={draft.name}
          onChange={set("name")}
        />
        <TextField
          id={refusal.idOf("email")}
          label={t("email")}
          error={refusal.errorOf("email")}
          type="email"
          autoComplete="username"
          autoCapitalize="none"
          spellCheck={false}
          value={draft.email}
          onChange={set("email")}
        />
        <LanguageSelect
          label={t("language")}
          hint={t("language_hint")}
          value={language}
          onChange={(chosen: Language) => void setLanguage(chosen)}
        />
        <NewPasswordField
          id={refusal.idOf("password")}
          label={t("password")}
          error={refusal.errorOf("password")}
          personal={[draft.name, draft.email]}
          value={draft.password}
          onChange={(password) => setDraft({ ...draft, password })}
        />
      </fieldset>
      <div className={styles.actions}>
        <Button type="submit" busy={setup.isPending}>
          {setup.isPending ? t("submitting") : t("submit")}
        </Button>
      </div>
    </form>
  );
}

function check({ office_name, name, email, password }: Draft): Fault[] {
  const faults: Fault[] = [];
  const text = (field: string, value: string, max: number) => {
    const length = [...value.trim()].length;
    if (length === 0) faults.push({ field, reason: "missing" });
    else if (length > max) faults.push({ field, reason: "too_long" });
  };
  text("office_name", office_name, OFFICE_MAX);
  text("name", name, NAME_MAX);
  if (email.trim() === "") faults.push({ field: "email", reason: "missing" });
  else if (!looksLikeEmail(email)) faults.push({ field: "email", reason: "malformed" });
  const reason = passwordFault(password, [name, email]);
  if (reason) faults.push({ field: "password", reason });
  return faults;
}
