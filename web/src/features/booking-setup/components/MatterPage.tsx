import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { useLocation, useParams } from "wouter";
import type { Matter } from "@/api/types";
import { departmentsQuery } from "@/features/admin/api/departments";
import { LoadFailed } from "@/forms/LoadFailed";
import { type Refusal, useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { pick } from "@/i18n/localized";
import { ButtonLink } from "@/ui/Button";
import { cx } from "@/ui/cx";
import { Checkbox } from "@/ui/Field";
import { Link } from "@/ui/Link";
import { PageHeader } from "@/ui/PageHeader";
import { PageSpinner } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { setupQueries, useSaveMatter } from "../api/setup";
import { messages } from "../messages";
import { detailsOf, faults, formOf, type MatterForm } from "../model/matter";
import { Editor, Section } from "./Editor";
import { FormChecks } from "./FormChecks";
import { LocalizedField } from "./LocalizedField";
import { NumberField, PeriodField } from "./NumberField";
import { Questions, Texts } from "./Questions";
import styles from "./Setup.module.css";

/** A new matter, or a change of one. */
export default function MatterPage() {
  const t = useMessages(messages);
  const { matter: id } = useParams();
  const matters = useQuery(setupQueries.matters);
  const matter = matters.data?.find((one) => one.id === id) ?? null;
  if (matters.isPending) return <PageSpinner />;
  const back = <Link href="/booking-setup/matters">{t("matter.back")}</Link>;
  if (!matters.data) {
    return (
      <>
        <PageHeader title={t("matters.title")} over={back} />
        <LoadFailed error={matters.error} onRetry={() => void matters.refetch()} />
      </>
    );
  }
  if (id !== undefined && matter === null) {
    return <PageHeader title={t("matter.not_found")} over={back} />;
  }
  return (
    <>
      <PageHeader
        title={matter ? pick(matter.details.name, t.language) : t("matter.new_title")}
        over={back}
      />
      <MatterEditor key={matter?.id ?? "new"} matter={matter} position={matters.data.length} />
    </>
  );
}

interface PartProps {
  form: MatterForm;
  set: (change: Partial<MatterForm>) => void;
  refusal: Refusal;
}

function MatterEditor({ matter, position }: { matter: Matter | null; position: number }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const save = useSaveMatter();
  const [, navigate] = useLocation();
  const [form, setForm] = useState(() => formOf(matter, position));
  const set = (change: Partial<MatterForm>) => setForm((before) => ({ ...before, ...change }));

  async function saveAll() {
    const saved = await save.mutateAsync({ matter: matter?.id ?? null, details: detailsOf(form) });
    toast(t("matter.saved", { name: pick(saved.details.name, t.language) }));
    navigate("/booking-setup/matters");
  }

  const part = { form, set, refusal };
  return (
    <Editor
      refusal={refusal}
      faults={() => faults(form)}
      save={saveAll}
      busy={save.isPending}
      actions={
        <ButtonLink href="/booking-setup/matters" variant="secondary">
          {common("actions.cancel")}
        </ButtonLink>
      }
    >
      <Section heading={t("matter.about")}>
        <LocalizedField
          legend={t("matter.name")}
          field="name"
          refusal={refusal}
          value={form.name}
          onChange={(name) => set({ name })}
        />
        <LocalizedField
          legend={t("matter.description")}
          hint={t("matter.description_hint")}
          field="description"
          refusal={refusal}
          value={form.description}
          onChange={(description) => set({ description })}
          rows={4}
          optional
        />
      </Section>
      <How {...part} />
      <Who {...part} />
      <Section heading={t("matter.documents")}>
        <Texts
          field="documents"
          refusal={refusal}
          entries={form.documents}
          label={(n) => t("matter.document", { n })}
          add={t("matter.add_document")}
          onChange={(documents) => set({ documents })}
        />
      </Section>
      <Section heading={t("matter.questions")}>
        <p className={styles.soft}>{t("matter.questions_hint")}</p>
        <Questions
          refusal={refusal}
          questions={form.questions}
          onChange={(questions) => set({ questions })}
        />
      </Section>
    </Editor>
  );
}

/** In which way, for how long, and when it can be booked. */
function How({ form, set, refusal }: PartProps) {
  const t = useMessages(messages);
  return (
    <Section heading={t("matter.how")}>
      <FormChecks
        id={refusal.idOf("forms")}
        legend={t("matter.forms")}
        error={refusal.errorOf("forms")}
        value={form.forms}
        onChange={(forms) => set({ forms })}
      />
      <div className={styles.numbers}>
        <NumberField
          id={refusal.idOf("duration_minutes")}
          label={t("matter.duration")}
          hint={t("matter.grid")}
          error={refusal.errorOf("duration_minutes")}
          value={form.duration}
          onChange={(duration) => set({ duration })}
        />
        <NumberField
          id={refusal.idOf("buffer_before_minutes")}
          label={t("matter.before")}
          error={refusal.errorOf("buffer_before_minutes")}
          value={form.before}
          onChange={(before) => set({ before })}
        />
        <NumberField
          id={refusal.idOf("buffer_after_minutes")}
          label={t("matter.after")}
          error={refusal.errorOf("buffer_after_minutes")}
          value={form.after}
          onChange={(after) => set({ after })}
        />
        <PeriodField
          id={refusal.idOf("notice_minutes")}
          label={t("matter.notice")}
          hint={t("matter.notice_hint")}
          error={refusal.errorOf("notice_minutes")}
          value={form.notice}
          onChange={(notice) => set({ notice })}
        />
        <NumberField
          id={refusal.idOf("horizon_days")}
          label={t("matter.horizon")}
          hint={t("matter.horizon_hint")}
          error={refusal.errorOf("horizon_days")}
          value={form.horizon}
          onChange={(horizon) => set({ horizon })}
        />
        <NumberField
          id={refusal.idOf("max_people")}
          label={t("matter.people")}
          hint={t("matter.people_hint")}
          error={refusal.errorOf("max_people")}
          value={form.people}
          onChange={(people) => set({ people })}
        />
      </div>
      <Checkbox
        label={t("matter.capped")}
        checked={form.capped}
        onChange={(event) => set({ capped: event.target.checked })}
      />
      {form.capped ? (
        <NumberField
          id={refusal.idOf("daily_cap")}
          label={t("matter.cap")}
          error={refusal.errorOf("daily_cap")}
          value={form.cap}
          onChange={(cap) => set({ cap })}
        />
      ) : null}
      <Checkbox
        label={t("matter.group")}
        hint={t("matter.group_hint")}
        checked={form.group}
        onChange={(event) => set({ group: event.target.checked })}
      />
      {form.group ? (
        <NumberField
          id={refusal.idOf("capacity")}
          label={t("matter.capacity")}
          error={refusal.errorOf("capacity")}
          value={form.capacity}
          onChange={(capacity) => set({ capacity })}
        />
      ) : null}
    </Section>
  );
}

/** Which departments and officials handle it. */
function Who({ form, set, refusal }: PartProps) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const departments = useQuery(departmentsQuery);
  const officials = useQuery(setupQueries.officials);
  const error = refusal.errorOf("officials");
  const id = refusal.idOf("officials");
  const toggle = (list: string[], one: string, on: boolean) =>
    on ? [...list, one] : list.filter((other) => other !== one);
  return (
    <Section heading={t("matter.who")}>
      <p className={styles.soft}>{t("matter.who_hint")}</p>
      {officials.isError ? (
        <LoadFailed error={officials.error} onRetry={() => void officials.refetch()} />
      ) : null}
      {(departments.data ?? []).length > 0 ? (
        <fieldset className={styles.checkGroup}>
          <legend>{t("matter.departments")}</legend>
          <div className={styles.checks}>
            {(departments.data ?? []).map((department) => (
              <Checkbox
                key={department.id}
                label={department.name}
                checked={form.departments.includes(department.id)}
                onChange={(event) =>
                  set({
                    departments: toggle(form.departments, department.id, event.target.checked),
                  })
                }
              />
            ))}
          </div>
        </fieldset>
      ) : null}
      <fieldset
        className={cx(styles.checkGroup, error && styles.refused)}
        aria-describedby={error ? `${id}-error` : undefined}
      >
        <legend>{t("matter.officials")}</legend>
        {error ? (
          <p id={`${id}-error`} className={styles.error}>
            <span className="visually-hidden">{common("error_prefix")} </span>
            {error}
          </p>
        ) : null}
        <div className={styles.checks}>
          {(officials.data ?? []).map((official, index) => (
            <Checkbox
              key={official.id}
              id={index === 0 ? id : undefined}
              label={official.name}
              checked={form.officials.includes(official.id)}
              onChange={(event) =>
                set({ officials: toggle(form.officials, official.id, event.target.checked) })
              }
            />
          ))}
        </div>
      </fieldset>
      <Checkbox
        label={t("matter.pick")}
        hint={t("matter.pick_hint")}
        checked={form.pick}
        onChange={(event) => set({ pick: event.target.checked })}
      />
    </Section>
  );
}
