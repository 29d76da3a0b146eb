import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import { looksLikeEmail } from "@/forms/email";
import forms from "@/forms/forms.module.css";
import { type Fault, useRefusal } from "@/forms/useRefusal";
import { type Translate, useLanguage, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Checkbox, TextArea, TextField } from "@/ui/Field";
import { confirm, type Offered, sendCode } from "../api";
import { useFinish } from "../hooks/useFinish";
import { detailsMessages } from "../details/messages";
import { codeAddress } from "../model/address";
import { missing } from "../model/details";
import { type Hold, setDetails, useDraft } from "../model/draft";
import { pick } from "@/i18n/localized";
import styles from "./DetailsForm.module.css";
import { QuestionField } from "./QuestionField";
import { Text } from "./Text";

interface Props {
  offered: Offered;
  hold: Hold;
  /** The slot is still kept. */
  open: boolean;
}

/** What the matter needs to know, and nothing else. */
export function DetailsForm({ offered: { office, matter }, hold, open }: Props) {
  const t = useMessages(detailsMessages);
  const language = useLanguage();
  const [, navigate] = useLocation();
  const finish = useFinish();
  const { details } = useDraft();
  const answers = details.answersTo === matter.id ? details.answers : {};
  const labels = Object.fromEntries(
    matter.questions.map((question) => [question.key, pick(question.label, language)]),
  );
  const refusal = useRefusal(withQuestions(t, labels));
  const [busy, setBusy] = useState(false);

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (busy || !open) return;
    const faults: Fault[] = missing(details, hold, matter, looksLikeEmail);
    if (faults.length > 0) return refusal.refuse(faults);
    setBusy(true);
    refusal.clear();
    try {
      if (hold.offered) {
        finish(hold, await confirm(hold, details, "", language));
        return;
      }
      await sendCode(hold.secret, details.email, language);
      navigate(codeAddress(office.id, matter.id));
    } catch (error) {
      refusal.refuseWith(error);
    } finally {
      setBusy(false);
    }
  }

  return (
    <form className={forms.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <TextField
        id={refusal.idOf("name")}
        label={t("details.name")}
        error={refusal.errorOf("name")}
        autoComplete="name"
        maxLength={200}
        value={details.name}
        onChange={(event) => setDetails({ name: event.target.value })}
      />
      {hold.offered ? null : (
        <TextField
          id={refusal.idOf("email")}
          label={t("details.email")}
          hint={t("details.email_hint")}
          error={refusal.errorOf("email")}
          type="email"
          autoComplete="email"
          maxLength={254}
          value={details.email}
          onChange={(event) => setDetails({ email: event.target.value })}
        />
      )}
      {hold.form === "phone" ? (
        <TextField
          id={refusal.idOf("phone")}
          label={t("details.phone")}
          hint={t("details.phone_hint")}
          error={refusal.errorOf("phone")}
          type="tel"
          autoComplete="tel"
          width="medium"
          maxLength={40}
          value={details.phone}
          onChange={(event) => setDetails({ phone: event.target.value })}
        />
      ) : null}
      {matter.questions.map((question) => {
        const field = `answers.${question.key}`;
        return (
          <QuestionField
            key={question.key}
            id={refusal.idOf(field)}
            question={question}
            error={refusal.errorOf(field)}
            value={answers[question.key] ?? ""}
            onChange={(value) =>
              setDetails({ answers: { ...answers, [question.key]: value }, answersTo: matter.id })
            }
          />
        );
      })}
      <div className={styles.optional}>
        <Checkbox
          label={t("details.for_somebody")}
          checked={details.forSomebody}
          onChange={(event) => setDetails({ forSomebody: event.target.checked })}
        />
        {details.forSomebody ? (
          <div className={styles.inner}>
            <TextField
              id={refusal.idOf("on_behalf_of")}
              label={t("details.on_behalf_of")}
              hint={t("details.on_behalf_of_hint")}
              error={refusal.errorOf("on_behalf_of")}
              autoComplete="off"
              maxLength={200}
              value={details.onBehalfOf}
              onChange={(event) => setDetails({ onBehalfOf: event.target.value })}
            />
          </div>
        ) : null}
      </div>
      <TextArea
        id={refusal.idOf("accessibility")}
        label={t("details.accessibility")}
        hint={t("details.accessibility_hint")}
        error={refusal.errorOf("accessibility")}
        optional
        rows={3}
        maxLength={500}
        value={details.accessibility}
        onChange={(event) => setDetails({ accessibility: event.target.value })}
      />
      <section className={styles.notice} aria-labelledby="privacy">
        <h2 id="privacy" className={styles.heading}>
          {t("details.privacy")}
        </h2>
        <p>
          <Text of={office.privacy_notice} />
        </p>
      </section>
      {open ? (
        <div className={forms.actions}>
          <Button type="submit" size="l" busy={busy}>
            {t(hold.offered ? "details.book" : "details.next")}
          </Button>
        </div>
      ) : null}
      {open && !hold.offered ? <p className={styles.after}>{t("details.next_hint")}</p> : null}
    </form>
  );
}

/** The sentences for refused answers name their question. */
function withQuestions<T>(t: Translate<T>, labels: Readonly<Record<string, string>>): Translate<T> {
  const label = (key: string) => {
    const name = /^fault\.(.+)_[a-z]+$/.exec(key)?.[1];
    return name === undefined ? undefined : labels[name];
  };
  const own = (key: string, values?: Parameters<Translate<T>>[1]) => {
    const question = label(key);
    return question === undefined
      ? t(key as Parameters<Translate<T>>[0], values)
      : t("fault.answer" as Parameters<Translate<T>>[0], { question });
  };
  return Object.assign(own, {
    language: t.language,
    rich: t.rich,
    has: (key: string) => label(key) !== undefined || t.has(key),
    // The keys are checked where they are written, not here.
  }) as unknown as Translate<T>;
}
