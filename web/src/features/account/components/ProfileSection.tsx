import { type FormEvent, useState } from "react";
import type { Me } from "@/api/types";
import styles from "@/forms/forms.module.css";
import { LanguageSelect } from "@/forms/LanguageSelect";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, setLanguage, useFormat, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Facts } from "@/ui/Card";
import { TextField } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { useChangeMe } from "../api/account";
import { messages } from "../messages";
import { Section } from "./Section";

const NAME_MAX = 80;

export function ProfileSection({ me }: { me: Me }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const refusal = useRefusal(t);
  const change = useChangeMe();
  const [name, setName] = useState(me.name);
  const [language, setOwnLanguage] = useState(me.language);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const length = [...name.trim()].length;
    if (length === 0) return refusal.refuse([{ field: "name", reason: "missing" }]);
    if (length > NAME_MAX) return refusal.refuse([{ field: "name", reason: "too_long" }]);
    refusal.clear();
    try {
      const changed = await change.mutateAsync({ name: name.trim(), language });
      if (changed.language !== me.language) await setLanguage(changed.language);
      toast(t("profile.saved"));
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <Section heading={t("profile.heading")}>
      <Facts
        items={[
          { term: t("profile.email"), value: me.email },
          {
            term: t("profile.department"),
            value: me.department_name ?? t("profile.no_department"),
          },
          {
            term: t("profile.roles"),
            value: format.list(me.roles.map((role) => common(`role.${role}`))),
          },
        ]}
      />
      <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("name")}
          label={t("profile.name")}
          hint={t("profile.name_hint")}
          error={refusal.errorOf("name")}
          autoComplete="name"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <LanguageSelect
          label={t("profile.language")}
          hint={t("profile.language_hint")}
          value={language}
          onChange={setOwnLanguage}
        />
        <div className={styles.actions}>
          <Button type="submit" busy={change.isPending}>
            {common("actions.save")}
          </Button>
        </div>
      </form>
    </Section>
  );
}
