import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useLocation } from "wouter";
import type { Form, Matter, Question } from "@/api/types";
import { setupQueries } from "@/features/booking-setup/api/setup";
import formStyles from "@/forms/forms.module.css";
import { LanguageSelect } from "@/forms/LanguageSelect";
import { LoadFailed } from "@/forms/LoadFailed";
import { type Refusal, useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { Button, ButtonLink } from "@/ui/Button";
import { Checkbox, Radios, Select, TextArea, TextField } from "@/ui/Field";
import { Link } from "@/ui/Link";
import { Notice } from "@/ui/Notice";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { useBook } from "../api/appointments";
import { messages } from "../messages";
import { type BookingForm, EMPTY, faults, toBooking } from "../model/booking";
import { useToday } from "../hooks/useToday";
import { SlotPicker } from "./SlotPicker";

/** Books for somebody who calls or stands there. */
export default function NewAppointmentPage() {
  const t = useMessages(messages);
  const matters = useQuery(setupQueries.matters);
  const offered = (matters.data ?? []).filter((matter) => !matter.archived);
  return (
    <>
      <PageHeader
        title={t("book.title")}
        over={<Link href="/appointments">{t("one.back")}</Link>}
        lead={t("book.lead")}
      />
      {matters.isPending ? <Skeleton lines={5} /> : null}
      {matters.isError ? (
        <LoadFailed error={matters.error} onRetry={() => void matters.refetch()} />
      ) : null}
      {matters.data && offered.length === 0 ? <Notice title={t("book.no_matters")} /> : null}
      {offered.length > 0 ? <NewForm matters={offered} /> : null}
    </>
  );
}

function NewForm({ matters }: { matters: readonly Matter[] }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const [, navigate] = useLocation();
  const refusal = useRefusal(t);
  const officials = useQuery(setupQueries.officials);
  const book = useBook();
  const today = useToday();
  const [form, setForm] = useState(EMPTY);
  const set = (change: Partial<BookingForm>) => setForm((before) => ({ ...before, ...change }));
  const details = matters.find((matter) => matter.id === form.matter)?.details;

  async function submit(event: FormEvent) {
    event.preventDefault();
    const found = faults(form, details);
    if (found.length > 0) return refusal.refuse(found);
    try {
      const made = await book.mutateAsync(toBooking(form, details?.questions ?? []));
      toast(t("book.did", { name: made.name, code: made.code }));
      navigate(`/appointments/${made.id}`);
    } catch (error) {
      refusal.refuseWith(error, { slot_taken: { field: "start", reason: "taken" } });
    }
  }

  function choose(matter: string) {
    const forms = matters.find((one) => one.id === matter)?.details.forms ?? [];
    const only = forms.length === 1 ? (forms[0] ?? null) : null;
    set({ matter, form: only, official: "", start: null, answers: {}, people: 1 });
    refusal.clear();
  }

  return (
    <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
      {refusal.summary}
      <fieldset className={formStyles.section}>
        <legend>{t("book.what")}</legend>
        <Select
          id={refusal.idOf("matter")}
          label={t("one.matter")}
          error={refusal.errorOf("matter")}
          value={form.matter}
          options={[
            { value: "", label: t("book.choose_matter") },
            ...matters.map((matter) => ({
              value: matter.id,
              label: pick(matter.details.name, t.language),
            })),
          ]}
          onChange={(event) => choose(event.target.value)}
        />
        {details ? (
          <>
            <Radios
              name={refusal.idOf("form")}
              legend={t("book.form")}
              error={refusal.errorOf("form")}
              value={form.form ?? ""}
              options={details.forms.map((one) => ({ value: one, label: t(`form.${one}`) }))}
              onChange={(value) => set({ form: value as Form, start: null })}
            />
            {(details.max_people ?? 1) > 1 ? (
              <Select
                label={t("one.people")}
                value={String(form.people)}
                options={Array.from({ length: details.max_people ?? 1 }, (_, index) => ({
                  value: String(index + 1),
                  label: String(index + 1),
                }))}
                onChange={(event) => set({ people: Number(event.target.value), start: null })}
              />
            ) : null}
            <Checkbox
              label={t("book.interpreter")}
              hint={t("book.interpreter_hint")}
              checked={form.interpreter}
              onChange={(event) => set({ interpreter: event.target.checked, start: null })}
            />
            <Select
              label={t("book.official")}
              value={form.official}
              options={[
                { value: "", label: t("move.anyone") },
                ...(officials.data ?? []).map((one) => ({ value: one.id, label: one.name })),
              ]}
              onChange={(event) => set({ official: event.target.value, start: null })}
            />
          </>
        ) : null}
        {details && form.form ? (
          <SlotPicker
            id={refusal.idOf("start")}
            error={refusal.errorOf("start")}
            wish={{
              matter: form.matter,
              form: form.form,
              from: today,
              official: form.official || null,
              people: form.people,
              interpreter: form.interpreter,
            }}
            value={form.start}
            onChange={(start) => set({ start })}
          />
        ) : null}
      </fieldset>
      <fieldset className={formStyles.section}>
        <legend>{t("book.who")}</legend>
        <TextField
          id={refusal.idOf("name")}
          label={t("book.name")}
          error={refusal.errorOf("name")}
          autoComplete="off"
          value={form.name}
          onChange={(event) => set({ name: event.target.value })}
        />
        <TextField
          id={refusal.idOf("phone")}
          label={t("book.phone")}
          error={refusal.errorOf("phone")}
          type="tel"
          width="medium"
          optional={form.form !== "phone"}
          autoComplete="off"
          value={form.phone}
          onChange={(event) => set({ phone: event.target.value })}
        />
        <TextField
          id={refusal.idOf("email")}
          label={t("book.email")}
          hint={t("book.email_hint")}
          error={refusal.errorOf("email")}
          type="email"
          optional={form.form !== "video"}
          autoComplete="off"
          autoCapitalize="none"
          spellCheck={false}
          value={form.email}
          onChange={(event) => set({ email: event.target.value })}
        />
        <LanguageSelect
          label={t("one.language")}
          value={form.language}
          onChange={(language) => set({ language })}
        />
        <TextField
          id={refusal.idOf("on_behalf_of")}
          label={t("one.on_behalf_of")}
          error={refusal.errorOf("on_behalf_of")}
          optional
          autoComplete="off"
          value={form.onBehalfOf}
          onChange={(event) => set({ onBehalfOf: event.target.value })}
        />
        <TextArea
          id={refusal.idOf("accessibility")}
          label={t("mark.accessibility")}
          error={refusal.errorOf("accessibility")}
          optional
          rows={2}
          value={form.accessibility}
          onChange={(event) => set({ accessibility: event.target.value })}
        />
        {(details?.questions ?? []).map((question) => (
          <Asked
            key={question.key}
            question={question}
            value={form.answers[question.key] ?? ""}
            refusal={refusal}
            onChange={(value) => set({ answers: { ...form.answers, [question.key]: value } })}
          />
        ))}
      </fieldset>
      <div className={formStyles.actions}>
        <Button type="submit" busy={book.isPending}>
          {t("book.submit")}
        </Button>
        <ButtonLink href="/appointments" variant="secondary">
          {common("actions.cancel")}
        </ButtonLink>
      </div>
    </form>
  );
}

/** A question that the matter asks. */
function Asked({
  question,
  value,
  refusal,
  onChange,
}: {
  question: Question;
  value: string;
  refusal: Refusal;
  onChange: (value: string) => void;
}) {
  const t = useMessages(messages);
  const field = `answers.${question.key}`;
  const label = pick(question.label, t.language);
  const options =
    question.kind === "yes_no"
      ? [
          { value: "yes", label: t("one.yes") },
          { value: "no", label: t("one.no") },
        ]
      : (question.choices ?? []).map((choice, index) => ({
          value: String(index),
          label: pick(choice, t.language),
        }));
  if (question.kind === "text") {
    return (
      <TextField
        id={refusal.idOf(field)}
        label={label}
        error={refusal.errorOf(field)}
        optional={!question.required}
        autoComplete="off"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
    );
  }
  return (
    <Radios
      name={refusal.idOf(field)}
      legend={label}
      error={refusal.errorOf(field)}
      value={value}
      options={options}
      onChange={onChange}
    />
  );
}
