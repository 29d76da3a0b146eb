import { type FormEvent, type ReactNode, useState } from "react";
import { ApiProblem } from "@/api/problem";
import { isCode, readCode } from "@/forms/code";
import forms from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { type Messages, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";

/** Every set of texts for it has these. */
interface CodeTexts {
  code: { label: string; hint: string; submit: string };
}

interface Props<T extends CodeTexts> {
  messages: Messages<T>;
  /** The page goes on by itself once the code is right. @throws {ApiProblem} */
  onCode: (code: string) => Promise<void>;
  /** Takes a problem that isn't the code's; true when it did. */
  onProblem?: (problem: ApiProblem) => boolean;
  children?: ReactNode;
}

/** The code from a mail: six digits, however they are written. */
export function CodeForm<T extends CodeTexts>({ messages, onCode, onProblem, children }: Props<T>) {
  const t = useMessages<CodeTexts>(messages as Messages<CodeTexts>);
  const refusal = useRefusal(t);
  const [code, setCode] = useState("");
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy) return;
    if (!isCode(code)) return refusal.refuse([{ field: "code", reason: "malformed" }]);
    setBusy(true);
    refusal.clear();
    try {
      await onCode(code);
    } catch (error) {
      const problem = ApiProblem.from(error);
      if (onProblem?.(problem)) return;
      if (problem.code === "code_invalid") setCode("");
      refusal.refuseWith(problem, { code_invalid: { field: "code", reason: "wrong" } });
      setBusy(false);
    }
  }

  return (
    <form className={forms.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <TextField
        id={refusal.idOf("code")}
        label={t("code.label")}
        hint={t("code.hint")}
        error={refusal.errorOf("code")}
        width="short"
        inputMode="numeric"
        autoComplete="one-time-code"
        value={code}
        onChange={(event) => setCode(readCode(event.target.value))}
      />
      <div className={forms.actions}>
        <Button type="submit" size="l" busy={busy}>
          {t("code.submit")}
        </Button>
      </div>
      {children}
    </form>
  );
}
