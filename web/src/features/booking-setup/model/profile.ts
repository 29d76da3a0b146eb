/** The form of the office's profile. */
import type { OfficeProfile } from "@/api/types";
import type { Fault } from "@/forms/useRefusal";
import { type Text, textFaults, textOf, trimmed } from "./localized";
import { newId } from "./matter";
import { type Entry, numberFaults } from "./numbers";

export interface WaveEntry {
  id: number;
  percent: Entry;
  daysBefore: Entry;
  spread: Entry;
}

export interface ProfileForm {
  public: boolean;
  name: Text;
  address: string;
  postcode: string;
  town: string;
  phone: string;
  accessibility: Text;
  privacy: Text;
  /** One a line. */
  postcodes: string;
  towns: string;
  reminders: { id: number; minutes: Entry }[];
  cutOff: Entry;
  hold: Entry;
  capEmail: Entry;
  capNetwork: Entry;
  waves: WaveEntry[];
  freedMin: Entry;
  freedMax: Entry;
  retention: Entry;
}

/** Booking's own limits: minutes of the longest notice, entries, characters. */
const MONTH_MINUTES = 31 * 24 * 60;
export const REMINDERS_MAX = 4;
const WAVES_MAX = 20;
/** Longest time, in minutes, over which slots appear at random moments. */
const SPREAD_MAX = 43_200;

/** `officeName`: of the directory, until the office writes its own. */
export function formOf(profile: OfficeProfile | null, officeName: string): ProfileForm {
  return {
    public: profile?.public ?? false,
    name: profile ? textOf(profile.name) : { pl: officeName, en: "", uk: "" },
    address: profile?.address ?? "",
    postcode: profile?.postcode ?? "",
    town: profile?.town ?? "",
    phone: profile?.phone ?? "",
    accessibility: textOf(profile?.accessibility),
    privacy: textOf(profile?.privacy_notice),
    postcodes: (profile?.served_postcodes ?? []).join("\n"),
    towns: (profile?.served_towns ?? []).join("\n"),
    reminders: (profile?.reminder_minutes ?? [1440, 60]).map((minutes) => ({
      id: newId(),
      minutes,
    })),
    cutOff: profile?.cut_off_minutes ?? 120,
    hold: profile?.hold_minutes ?? 10,
    capEmail: profile?.cap_per_email ?? 3,
    capNetwork: profile?.cap_per_network ?? 60,
    waves: (profile?.release?.waves ?? []).map((wave) => ({
      id: newId(),
      percent: wave.percent,
      daysBefore: wave.days_before,
      spread: wave.spread_minutes,
    })),
    freedMin: profile?.release?.freed_min_minutes ?? 0,
    freedMax: profile?.release?.freed_max_minutes ?? 0,
    retention: profile?.retention_days ?? 30,
  };
}

export function faults(form: ProfileForm): Fault[] {
  const found: Fault[] = [...textFaults("name", form.name, true, 200)];
  const line = (field: string, text: string, required: boolean, longest: number) => {
    const length = [...text.trim()].length;
    if (required && length === 0) found.push({ field, reason: "missing" });
    if (length > longest) found.push({ field, reason: "too_long" });
  };
  line("address", form.address, true, 200);
  if (form.postcode.trim() === "") found.push({ field: "postcode", reason: "missing" });
  else if (!/^\d{2}-\d{3}$/.test(form.postcode.trim())) {
    found.push({ field: "postcode", reason: "malformed" });
  }
  line("town", form.town, true, 100);
  line("phone", form.phone, false, 40);
  if (!lines(form.postcodes).every(isArea)) {
    found.push({ field: "served_postcodes", reason: "malformed" });
  }
  found.push(
    ...textFaults("accessibility", form.accessibility, false, 4000),
    ...textFaults("privacy_notice", form.privacy, form.public, 20_000),
    ...numberFaults("cut_off_minutes", form.cutOff, 0, MONTH_MINUTES),
    ...numberFaults("hold_minutes", form.hold, 5, 60),
    ...form.reminders.flatMap((one) =>
      numberFaults(`reminder_minutes.${one.id}`, one.minutes, 10, MONTH_MINUTES),
    ),
    ...numberFaults("cap_per_email", form.capEmail, 0, 1000),
    ...numberFaults("cap_per_network", form.capNetwork, 0, 10_000),
    ...form.waves.flatMap((wave) => [
      ...numberFaults(`waves.${wave.id}.percent`, wave.percent, 1, 100),
      ...numberFaults(`waves.${wave.id}.days_before`, wave.daysBefore, 0, 366),
      ...numberFaults(`waves.${wave.id}.spread_minutes`, wave.spread, 0, SPREAD_MAX),
    ]),
  );
  const percent = form.waves.reduce((sum, wave) => sum + (wave.percent ?? 0), 0);
  const lastWave = form.waves.at(-1);
  if (lastWave && (percent > 100 || form.waves.length > WAVES_MAX)) {
    found.push({ field: `waves.${lastWave.id}.percent`, reason: "too_much" });
  }
  found.push(
    ...numberFaults("freed_min_minutes", form.freedMin, 0, SPREAD_MAX),
    ...numberFaults("freed_max_minutes", form.freedMax, 0, SPREAD_MAX),
  );
  if (form.freedMin !== null && form.freedMax !== null && form.freedMax < form.freedMin) {
    found.push({ field: "freed_max_minutes", reason: "before" });
  }
  found.push(...numberFaults("retention_days", form.retention, 1, 3660));
  return found;
}

/** Of a form without faults. */
export function profileOf(form: ProfileForm): OfficeProfile {
  return {
    public: form.public,
    name: trimmed(form.name),
    address: form.address.trim(),
    postcode: form.postcode.trim(),
    town: form.town.trim(),
    phone: form.phone.trim(),
    accessibility: trimmed(form.accessibility),
    privacy_notice: trimmed(form.privacy),
    served_postcodes: lines(form.postcodes),
    served_towns: lines(form.towns),
    reminder_minutes: form.reminders.flatMap(({ minutes }) => (minutes === null ? [] : [minutes])),
    cut_off_minutes: form.cutOff ?? 0,
    hold_minutes: form.hold ?? 0,
    cap_per_email: form.capEmail ?? 0,
    cap_per_network: form.capNetwork ?? 0,
    release: {
      waves: form.waves.map((wave) => ({
        percent: wave.percent ?? 0,
        days_before: wave.daysBefore ?? 0,
        spread_minutes: wave.spread ?? 0,
      })),
      freed_min_minutes: form.freedMin ?? 0,
      freed_max_minutes: form.freedMax ?? 0,
    },
    retention_days: form.retention ?? 0,
  };
}

function lines(text: string): string[] {
  return [...new Set(text.split(/[\n,;]/).map((one) => one.trim()))].filter((one) => one !== "");
}

/** `31-004`, or the beginning of one: `31-`. */
function isArea(text: string): boolean {
  const whole = "00-000";
  return text.length <= 6 && /^\d{2}-\d{3}$/.test(text + whole.slice(text.length));
}
