import { type FormEvent, useState } from "react";
import { Link, useLocation, useParams, useSearch } from "wouter";
import forms from "@/forms/forms.module.css";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Checkbox, Radios, Select } from "@/ui/Field";
import { findOffered, type Offered } from "../api";
import { FormName } from "../components/FormName";
import { LoadingStep } from "../components/Loading";
import { Text } from "../components/Text";
import { useLoad } from "../hooks/useLoad";
import { messages } from "../messages";
import {
  type Choice,
  matterAddress,
  officeAddress,
  readChoice,
  readForm,
  timesAddress,
} from "../model/address";
import styles from "./FormPage.module.css";

/** The third step: what the matter needs, and how one wants to meet. */
export default function FormPage() {
  const t = useMessages(messages);
  const { office = "", matter = "" } = useParams();
  const { state, again } = useLoad(
    `matter:${office}:${matter}`,
    (signal) => findOffered(office, matter, signal),
    { keep: true },
  );
  return (
    <LoadingStep state={state} onRetry={again} step={3} title={t("how.title")}>
      {(offered) => <Choose offered={offered} />}
    </LoadingStep>
  );
}

function Choose({ offered }: { offered: Offered }) {
  const t = useMessages(messages);
  const { office, matter } = offered;
  const [, navigate] = useLocation();
  const search = useSearch();
  const [choice, setChoice] = useState<Choice>(() => {
    const before = readChoice(search);
    const form = matter.forms.find((one) => one === before?.form) ?? matter.forms[0] ?? "in_person";
    return {
      form,
      official: matter.officials.find((one) => one.id === before?.official)?.id ?? null,
      people: Math.min(before?.people ?? 1, matter.max_people),
      interpreter: before?.interpreter ?? false,
    };
  });
  const change = (part: Partial<Choice>) => setChoice((now) => ({ ...now, ...part }));

  function submit(event: FormEvent) {
    event.preventDefault();
    // The way back finds what was chosen.
    navigate(matterAddress(office.id, matter.id, choice), { replace: true });
    navigate(timesAddress(office.id, matter.id, choice));
  }

  return (
    <>
      <section className={styles.matter} aria-labelledby="matter">
        <h2 id="matter" className={styles.heading}>
          <Text of={matter.name} />
        </h2>
        <p>
          <Text of={matter.description} />
        </p>
        <p>
          <Link href={officeAddress(office.id)}>{t("how.other_matter")}</Link>
        </p>
        <p className={styles.duration}>{t("how.duration", { count: matter.duration_minutes })}</p>
        {matter.capacity > 1 ? <p>{t("how.group", { count: matter.capacity })}</p> : null}
        {matter.documents.length > 0 ? (
          <div>
            <h3 className={styles.subheading}>{t("documents")}</h3>
            <ul className={styles.documents}>
              {matter.documents.map((document, index) => (
                <li key={index}>
                  <Text of={document} />
                </li>
              ))}
            </ul>
          </div>
        ) : null}
      </section>
      <form className={forms.form} onSubmit={submit}>
        {matter.forms.length > 1 ? (
          <Radios
            legend={t("how.form")}
            name="form"
            value={choice.form}
            onChange={(value) => change({ form: readForm(value) ?? choice.form })}
            options={matter.forms.map((form) => ({
              value: form,
              label: <FormName of={form} />,
              hint: t(`form.${form}.hint`),
            }))}
          />
        ) : (
          <div>
            <p className={styles.only}>
              <FormName of={choice.form} />
            </p>
            <p className={styles.duration}>{t(`form.${choice.form}.hint`)}</p>
          </div>
        )}
        {matter.officials.length > 0 ? (
          <Select
            label={t("how.official")}
            hint={t("how.official_hint")}
            value={choice.official ?? ""}
            onChange={(event) => change({ official: event.target.value || null })}
            options={[
              { value: "", label: t("how.any_official") },
              ...matter.officials.map((one) => ({ value: one.id, label: one.name })),
            ]}
          />
        ) : null}
        {matter.max_people > 1 ? (
          <Select
            label={t("how.people")}
            hint={t("how.people_hint")}
            value={String(choice.people)}
            onChange={(event) => change({ people: Number(event.target.value) })}
            options={Array.from({ length: matter.max_people }, (_, index) => ({
              value: String(index + 1),
              label: t("people", { count: index + 1 }),
            }))}
          />
        ) : null}
        <Checkbox
          label={t("how.interpreter")}
          hint={t("how.interpreter_hint")}
          checked={choice.interpreter}
          onChange={(event) => change({ interpreter: event.target.checked })}
        />
        <div className={forms.actions}>
          <Button type="submit" size="l">
            {t("how.next")}
          </Button>
        </div>
      </form>
    </>
  );
}
