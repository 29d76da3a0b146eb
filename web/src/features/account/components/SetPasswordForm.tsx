import { type FormEvent, useState } from "react";
import { ApiProblem } from "@/api/problem";
import type { AccountLinkInfo } from "@/api/types";
import { useEnter } from "@/features/session/hooks/useEnter";
import styles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { UsernameHint } from "@/forms/UsernameHint";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Facts } from "@/ui/Card";
import { useLocation } from "wouter";
import { useSetPassword } from "../api/link";
import { messages } from "../messages";
import { passwordFault } from "../model/password";
import { NewPasswordField } from "./NewPasswordField";

interface Props {
  secret: string;
  link: AccountLinkInfo;
}

export function SetPasswordForm({ secret, link }: Props) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const save = useSetPassword();
  const enter = useEnter();
  const [, navigate] = useLocation();
  const [password, setPassword] = useState("");
  const personal = [link.name, link.email];

  async function submit(event: FormEvent) {
    event.preventDefault();
    const reason = passwordFault(password, personal);
    if (reason) return refusal.refuse([{ field: "password", reason }]);
    try {
      enter(await save.mutateAsync({ secret, password }), "/rooms");
    } catch (error) {
      // The password is set, but the account also asks for a code.
      if (ApiProblem.from(error).code === "totp_required") return navigate("/sign-in");
      refusal.refuseWith(error, { password_weak: { field: "password", reason: "refused" } });
    }
  }

  return (
    <form className={styles.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <Facts items={[{ term: t("link.account"), value: `${link.name}, ${link.email}` }]} />
      <UsernameHint email={link.email} />
      <NewPasswordField
        id={refusal.idOf("password")}
        label={t("link.password")}
        error={refusal.errorOf("password")}
        personal={personal}
        value={password}
        onChange={setPassword}
      />
      <div className={styles.actions}>
        <Button type="submit" busy={save.isPending}>
          {save.isPending ? t("link.saving") : t("link.accept")}
        </Button>
      </div>
    </form>
  );
}
