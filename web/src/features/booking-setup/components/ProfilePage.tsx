import { useQuery } from "@tanstack/react-query";
import { Plus, X } from "lucide-react";
import { useState } from "react";
import { useSignedIn } from "@/api/me";
import type { OfficeProfile } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { type Refusal, useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Checkbox, TextArea, TextField } from "@/ui/Field";
import { Notice } from "@/ui/Notice";
import { Of } from "@/ui/Of";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { setupQueries, useSaveProfile } from "../api/setup";
import { messages } from "../messages";
import { newId } from "../model/matter";
import {
  faults,
  formOf,
  type ProfileForm,
  profileOf,
  REMINDERS_MAX,
  type WaveEntry,
} from "../model/profile";
import { Editor, Section } from "./Editor";
import { LocalizedField } from "./LocalizedField";
import { NumberField, PeriodField } from "./NumberField";
import { SetupArea } from "./SetupArea";
import styles from "./Setup.module.css";

export default function ProfilePage() {
  const t = useMessages(messages);
  const profile = useQuery(setupQueries.profile);
  return (
    <>
      <PageHeader title={t("profile.title")} lead={t("profile.lead")} />
      <SetupArea>
        {profile.isPending ? <Skeleton lines={8} /> : null}
        {profile.isError ? (
          <LoadFailed error={profile.error} onRetry={() => void profile.refetch()} />
        ) : null}
        {profile.data === null ? (
          <Notice title={t("profile.first_title")}>{t("profile.first_body")}</Notice>
        ) : null}
        {profile.isSuccess ? <ProfileEditor profile={profile.data} /> : null}
      </SetupArea>
    </>
  );
}

interface PartProps {
  form: ProfileForm;
  set: (change: Partial<ProfileForm>) => void;
  refusal: Refusal;
}

function ProfileEditor({ profile }: { profile: OfficeProfile | null }) {
  const t = useMessages(messages);
  const me = useSignedIn();
  const refusal = useRefusal(t);
  const save = useSaveProfile();
  const [form, setForm] = useState(() => formOf(profile, me.office_name));
  const set = (change: Partial<ProfileForm>) => setForm((before) => ({ ...before, ...change }));

  async function saveAll() {
    await save.mutateAsync(profileOf(form));
    toast(t("profile.saved"));
  }

  const part = { form, set, refusal };
  return (
    <Editor refusal={refusal} faults={() => faults(form)} save={saveAll} busy={save.isPending}>
      <Found {...part} />
      <Told {...part} />
      <Rules {...part} />
      <ReleaseRules {...part} />
    </Editor>
  );
}

/** How citizens find the office. */
function Found({ form, set, refusal }: PartProps) {
  const t = useMessages(messages);
  return (
    <Section heading={t("profile.found")}>
      <Checkbox
        label={t("profile.public")}
        hint={t("profile.public_hint")}
        checked={form.public}
        onChange={(event) => set({ public: event.target.checked })}
      />
      <LocalizedField
        legend={t("profile.name")}
        field="name"
        refusal={refusal}
        value={form.name}
        onChange={(name) => set({ name })}
      />
      <TextField
        id={refusal.idOf("address")}
        label={t("profile.address")}
        hint={t("profile.address_hint")}
        error={refusal.errorOf("address")}
        autoComplete="off"
        value={form.address}
        onChange={(event) => set({ address: event.target.value })}
      />
      <div className={styles.row}>
        <TextField
          id={refusal.idOf("postcode")}
          label={t("profile.postcode")}
          hint="00-000"
          error={refusal.errorOf("postcode")}
          width="short"
          autoComplete="off"
          value={form.postcode}
          onChange={(event) => set({ postcode: event.target.value })}
        />
        <TextField
          id={refusal.idOf("town")}
          label={t("profile.town")}
          error={refusal.errorOf("town")}
          width="medium"
          autoComplete="off"
          value={form.town}
          onChange={(event) => set({ town: event.target.value })}
        />
        <TextField
          id={refusal.idOf("phone")}
          label={t("profile.phone")}
          error={refusal.errorOf("phone")}
          width="medium"
          type="tel"
          optional
          autoComplete="off"
          value={form.phone}
          onChange={(event) => set({ phone: event.target.value })}
        />
      </div>
      <div className={styles.columns}>
        <TextArea
          id={refusal.idOf("served_postcodes")}
          label={t("profile.postcodes")}
          hint={t("profile.postcodes_hint")}
          error={refusal.errorOf("served_postcodes")}
          optional
          value={form.postcodes}
          onChange={(event) => set({ postcodes: event.target.value })}
        />
        <TextArea
          id={refusal.idOf("served_towns")}
          label={t("profile.towns")}
          hint={t("profile.towns_hint")}
          error={refusal.errorOf("served_towns")}
          optional
          value={form.towns}
          onChange={(event) => set({ towns: event.target.value })}
        />
      </div>
    </Section>
  );
}

/** What citizens are told. */
function Told({ form, set, refusal }: PartProps) {
  const t = useMessages(messages);
  return (
    <Section heading={t("profile.told")}>
      <LocalizedField
        legend={t("profile.accessibility")}
        hint={t("profile.accessibility_hint")}
        field="accessibility"
        refusal={refusal}
        value={form.accessibility}
        onChange={(accessibility) => set({ accessibility })}
        rows={4}
        optional
      />
      <LocalizedField
        legend={t("profile.privacy")}
        hint={t("profile.privacy_hint")}
        field="privacy_notice"
        refusal={refusal}
        value={form.privacy}
        onChange={(privacy) => set({ privacy })}
        rows={7}
        optional={!form.public}
      />
    </Section>
  );
}

/** Rules that all matters share. */
function Rules({ form, set, refusal }: PartProps) {
  const t = useMessages(messages);
  return (
    <Section heading={t("profile.rules")}>
      <div className={styles.numbers}>
        <PeriodField
          id={refusal.idOf("cut_off_minutes")}
          label={t("profile.cut_off")}
          hint={t("profile.cut_off_hint")}
          error={refusal.errorOf("cut_off_minutes")}
          value={form.cutOff}
          onChange={(cutOff) => set({ cutOff })}
        />
        <NumberField
          id={refusal.idOf("hold_minutes")}
          label={t("profile.hold")}
          hint={t("profile.hold_hint")}
          error={refusal.errorOf("hold_minutes")}
          value={form.hold}
          onChange={(hold) => set({ hold })}
        />
        <NumberField
          id={refusal.idOf("cap_per_email")}
          label={t("profile.cap_email")}
          hint={t("profile.no_limit")}
          error={refusal.errorOf("cap_per_email")}
          value={form.capEmail}
          onChange={(capEmail) => set({ capEmail })}
        />
        <NumberField
          id={refusal.idOf("cap_per_network")}
          label={t("profile.cap_network")}
          hint={t("profile.no_limit")}
          error={refusal.errorOf("cap_per_network")}
          value={form.capNetwork}
          onChange={(capNetwork) => set({ capNetwork })}
        />
        <NumberField
          id={refusal.idOf("retention_days")}
          label={t("profile.retention")}
          hint={t("profile.retention_hint")}
          error={refusal.errorOf("retention_days")}
          value={form.retention}
          onChange={(retention) => set({ retention })}
        />
      </div>
      <fieldset className={styles.localized}>
        <legend>{t("profile.reminders")}</legend>
        <p className={styles.hint}>{t("profile.reminders_hint")}</p>
        {form.reminders.map((reminder, index) => (
          <div key={reminder.id} className={styles.row}>
            <PeriodField
              id={refusal.idOf(`reminder_minutes.${reminder.id}`)}
              label={t("profile.reminder", { n: index + 1 })}
              error={refusal.errorOf(`reminder_minutes.${reminder.id}`)}
              value={reminder.minutes}
              onChange={(minutes) =>
                set({
                  reminders: form.reminders.map((one) =>
                    one.id === reminder.id ? { ...one, minutes } : one,
                  ),
                })
              }
            />
            <Button
              variant="quiet"
              icon={X}
              onClick={() =>
                set({ reminders: form.reminders.filter((one) => one.id !== reminder.id) })
              }
            >
              <Of of={t("profile.reminder", { n: index + 1 })}>{t("remove")}</Of>
            </Button>
          </div>
        ))}
        {form.reminders.length < REMINDERS_MAX ? (
          <div>
            <Button
              variant="secondary"
              size="s"
              icon={Plus}
              onClick={() => set({ reminders: [...form.reminders, { id: newId(), minutes: 60 }] })}
            >
              {t("profile.add_reminder")}
            </Button>
          </div>
        ) : null}
      </fieldset>
    </Section>
  );
}

/** When slots appear. */
function ReleaseRules({ form, set, refusal }: PartProps) {
  const t = useMessages(messages);
  const change = (id: number, part: Partial<WaveEntry>) =>
    set({ waves: form.waves.map((wave) => (wave.id === id ? { ...wave, ...part } : wave)) });
  return (
    <Section heading={t("release.heading")}>
      <p className={styles.soft}>{t("release.lead")}</p>
      <div className={styles.numbers}>
        <PeriodField
          id={refusal.idOf("freed_min_minutes")}
          label={t("release.freed_min")}
          error={refusal.errorOf("freed_min_minutes")}
          value={form.freedMin}
          onChange={(freedMin) => set({ freedMin })}
        />
        <PeriodField
          id={refusal.idOf("freed_max_minutes")}
          label={t("release.freed_max")}
          hint={t("release.freed_hint")}
          error={refusal.errorOf("freed_max_minutes")}
          value={form.freedMax}
          onChange={(freedMax) => set({ freedMax })}
        />
      </div>
      <div className={styles.entries}>
        {form.waves.map((wave, index) => (
          <div key={wave.id} className={styles.entry}>
            <div className={styles.entryHead}>
              <h3>{t("release.wave", { n: index + 1 })}</h3>
              <Button
                variant="quiet"
                size="s"
                icon={X}
                onClick={() => set({ waves: form.waves.filter((one) => one.id !== wave.id) })}
              >
                <Of of={t("release.wave", { n: index + 1 })}>{t("remove")}</Of>
              </Button>
            </div>
            <div className={styles.numbers}>
              <NumberField
                id={refusal.idOf(`waves.${wave.id}.percent`)}
                label={t("release.percent")}
                error={refusal.errorOf(`waves.${wave.id}.percent`)}
                value={wave.percent}
                onChange={(percent) => change(wave.id, { percent })}
              />
              <NumberField
                id={refusal.idOf(`waves.${wave.id}.days_before`)}
                label={t("release.days_before")}
                error={refusal.errorOf(`waves.${wave.id}.days_before`)}
                value={wave.daysBefore}
                onChange={(daysBefore) => change(wave.id, { daysBefore })}
              />
              <PeriodField
                id={refusal.idOf(`waves.${wave.id}.spread_minutes`)}
                label={t("release.spread")}
                error={refusal.errorOf(`waves.${wave.id}.spread_minutes`)}
                value={wave.spread}
                onChange={(spread) => change(wave.id, { spread })}
              />
            </div>
          </div>
        ))}
        <div>
          <Button
            variant="secondary"
            size="s"
            icon={Plus}
            onClick={() =>
              set({
                waves: [
                  ...form.waves,
                  { id: newId(), percent: 50, daysBefore: 14, spread: 12 * 60 },
                ],
              })
            }
          >
            {t("release.add_wave")}
          </Button>
        </div>
      </div>
    </Section>
  );
}
