import { type FormEvent, useRef, useState } from "react";
import { Redirect, useLocation, useParams, useSearch } from "wouter";
import { looksLikeEmail } from "@/forms/email";
import forms from "@/forms/forms.module.css";
import { type Fault, useRefusal } from "@/forms/useRefusal";
import { useLanguage, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Checkbox, TextField } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { findOffered, joinWaiting, type Offered } from "../api";
import styles from "../components/DetailsForm.module.css";
import { FormName } from "../components/FormName";
import { LoadingPage } from "../components/Loading";
import { Summary } from "../components/Summary";
import { Text } from "../components/Text";
import { useLoad } from "../hooks/useLoad";
import { type Choice, matterAddress, readChoice, waitingAddress } from "../model/address";
import { inDays, today } from "../model/today";
import type { Form } from "../model/types";
import { waitingMessages } from "../waiting/messages";
import page from "../components/Appointment.module.css";

/** How far ahead the list looks unless told. */
const DAYS = 30;

/** When nothing is free, or nothing soon enough: a place on the waiting list. */
export default function JoinWaitingPage() {
  const { office = "", matter = "" } = useParams();
  const search = useSearch();
  const { state, again } = useLoad(
    `matter:${office}:${matter}`,
    (signal) => findOffered(office, matter, signal),
    { keep: true },
  );
  const choice = readChoice(search);
  if (!choice) return <Redirect to={matterAddress(office, matter)} replace />;
  return (
    <LoadingPage state={state} onRetry={again}>
      {(offered) => <Join offered={offered} choice={choice} />}
    </LoadingPage>
  );
}

function Join({ offered, choice }: { offered: Offered; choice: Choice }) {
  const t = useMessages(waitingMessages);
  const language = useLanguage();
  const [, navigate] = useLocation();
  const refusal = useRefusal(t);
  const running = useRef(false);
  const [busy, setBusy] = useState(false);
  const [wanted, setWanted] = useState<readonly Form[]>([choice.form]);
  const [from, setFrom] = useState(() => today(Date.now()));
  const [to, setTo] = useState(() => inDays(today(Date.now()), DAYS));
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if (running.current) return;
    const faults: Fault[] = [
      ...(wanted.length === 0 ? [{ field: "forms", reason: "missing" }] : []),
      ...(from === "" ? [{ field: "from_date", reason: "missing" }] : []),
      ...(to === "" ? [{ field: "to_date", reason: "missing" }] : []),
      ...(to !== "" && to < from ? [{ field: "to_date", reason: "out_of_range" }] : []),
      ...(name.trim() === "" ? [{ field: "name", reason: "missing" }] : []),
      ...(looksLikeEmail(email)
        ? []
        : [{ field: "email", reason: email.trim() === "" ? "missing" : "malformed" }]),
    ];
    if (faults.length > 0) return refusal.refuse(faults);
    running.current = true;
    setBusy(true);
    refusal.clear();
    try {
      const wish = { office: offered.office.id, matter: offered.matter.id, ...choice };
      const secret = await joinWaiting(
        wish,
        {
          forms: [...wanted],
          from_date: from,
          to_date: to,
          name: name.trim(),
          email: email.trim(),
          language,
        },
        new AbortController().signal,
      );
      navigate(waitingAddress(secret));
    } catch (error) {
      refusal.refuseWith(error);
    } finally {
      running.current = false;
      setBusy(false);
    }
  }

  return (
    <div className={page.page}>
      <PageHeader
        over={<Text of={offered.office.name} />}
        title={t("join.title")}
        lead={t("join.lead")}
      />
      <Summary offered={offered} choice={choice} />
      <form className={forms.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        {offered.matter.forms.length > 1 ? (
          <fieldset className={styles.optional}>
            <legend className={styles.legend}>{t("join.forms")}</legend>
            {refusal.errorOf("forms") ? (
              <p className={styles.error}>{refusal.errorOf("forms")}</p>
            ) : null}
            {offered.matter.forms.map((form, index) => (
              <Checkbox
                key={form}
                id={index === 0 ? refusal.idOf("forms") : undefined}
                label={<FormName of={form} />}
                checked={wanted.includes(form)}
                onChange={(event) =>
                  setWanted((before) =>
                    event.target.checked ? [...before, form] : before.filter((one) => one !== form),
                  )
                }
              />
            ))}
          </fieldset>
        ) : null}
        <TextField
          id={refusal.idOf("from_date")}
          label={t("join.from")}
          error={refusal.errorOf("from_date")}
          type="date"
          width="short"
          value={from}
          onChange={(event) => setFrom(event.target.value)}
        />
        <TextField
          id={refusal.idOf("to_date")}
          label={t("join.to")}
          error={refusal.errorOf("to_date")}
          type="date"
          width="short"
          value={to}
          onChange={(event) => setTo(event.target.value)}
        />
        <TextField
          id={refusal.idOf("name")}
          label={t("join.name")}
          error={refusal.errorOf("name")}
          autoComplete="name"
          maxLength={200}
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <TextField
          id={refusal.idOf("email")}
          label={t("join.email")}
          hint={t("join.email_hint")}
          error={refusal.errorOf("email")}
          type="email"
          autoComplete="email"
          maxLength={254}
          value={email}
          onChange={(event) => setEmail(event.target.value)}
        />
        <section className={styles.notice} aria-labelledby="privacy">
          <h2 id="privacy" className={styles.heading}>
            {t("join.privacy")}
          </h2>
          <p>
            <Text of={offered.office.privacy_notice} />
          </p>
        </section>
        <div className={forms.actions}>
          <Button type="submit" size="l" busy={busy}>
            {t("join.submit")}
          </Button>
        </div>
      </form>
    </div>
  );
}
