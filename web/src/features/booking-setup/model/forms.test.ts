import { describe, expect, it } from "vitest";
import type { Matter, OfficeProfile } from "@/api/types";
import { exceptionOf, faults as exceptionFaults, type ExceptionForm } from "./exception";
import {
  clock,
  faults as hoursFaults,
  hoursOf,
  likeMonday,
  newSpan,
  spansOf,
  withoutForms,
} from "./hours";
import {
  detailsOf,
  faults as matterFaults,
  formOf as matterForm,
  newQuestion,
  newText,
} from "./matter";
import { readEntry, unitOf } from "./numbers";
import { faults as profileFaults, formOf as profileForm, profileOf } from "./profile";

const text = (pl: string) => ({ pl, en: "", uk: "" });

describe("a matter", () => {
  const matter: Matter = {
    id: "m",
    archived: false,
    details: {
      name: { pl: "Dowód", en: "Card", uk: "" },
      description: { pl: "", en: "", uk: "" },
      documents: [{ pl: "Zdjęcie", en: "", uk: "" }],
      questions: [
        {
          key: "q2",
          label: { pl: "Po co?", en: "", uk: "" },
          kind: "choice",
          choices: [
            { pl: "A", en: "", uk: "" },
            { pl: "B", en: "", uk: "" },
          ],
          required: true,
        },
      ],
      forms: ["in_person", "video"],
      duration_minutes: 15,
      buffer_before_minutes: 0,
      buffer_after_minutes: 5,
      notice_minutes: 60,
      horizon_days: 60,
      daily_cap: 20,
      capacity: 8,
      pick_official: true,
      max_people: 2,
      departments: ["d"],
      officials: [],
      position: 3,
    },
  };

  it("comes through its form unchanged", () => {
    const form = matterForm(matter);
    expect(matterFaults(form)).toEqual([]);
    expect(detailsOf(form)).toEqual(matter.details);
  });

  it("is refused with a reason for each field", () => {
    const form = matterForm(null);
    const found = matterFaults({
      ...form,
      forms: [],
      duration: 17,
      after: 485,
      horizon: null,
      documents: [newText()],
      questions: [
        { ...newQuestion(), label: text("Po co?"), kind: "choice", choices: [newText(text("A"))] },
      ],
    });
    expect(found.map((one) => `${one.field} ${one.reason}`)).toEqual([
      "name.pl missing",
      "forms missing",
      "duration_minutes grid",
      "buffer_after_minutes out_of_range",
      "horizon_days missing",
      "documents.0.pl missing",
      "questions.0.choices too_few",
      "officials nobody",
    ]);
  });

  it("gives new questions keys that no other has, and keeps known ones", () => {
    const form = matterForm(matter);
    const questions = [newQuestion(), ...form.questions, newQuestion()];
    expect(detailsOf({ ...form, questions }).questions?.map((one) => one.key)).toEqual([
      "q1",
      "q2",
      "q3",
    ]);
  });

  it("for a group can't be held by phone", () => {
    const form = { ...matterForm(matter), forms: ["phone" as const] };
    expect(matterFaults(form)).toEqual([{ field: "forms", reason: "group" }]);
    expect(detailsOf({ ...form, group: false }).capacity).toBe(1);
  });
});

describe("weekly hours", () => {
  const hours = [
    {
      weekday: 1,
      from: 480,
      to: 720,
      forms: ["in_person" as const],
      valid_from: null,
      valid_to: null,
    },
    {
      weekday: 6,
      from: 540,
      to: 1440,
      forms: ["video" as const],
      valid_from: "2026-12-01",
      valid_to: null,
    },
  ];

  it("come through their form unchanged", () => {
    expect(hoursOf(spansOf(hours))).toEqual(hours);
  });

  it("have no ways to meet when they are a place's", () => {
    const place = withoutForms(hours);
    expect(place.some((one) => "forms" in one)).toBe(false);
    expect(withoutForms(hoursOf(spansOf(place)))).toEqual(place);
  });

  it("are copied from Monday to working days; the weekend stays", () => {
    const copied = likeMonday(spansOf(hours));
    expect(copied.map((one) => one.weekday)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(new Set(copied.map((one) => one.id)).size).toBe(6);
  });

  it("are refused when they end before they begin, overlap, or are off the grid", () => {
    const [span] = spansOf(hours);
    if (!span) throw new Error("no span");
    const reasons = (change: Partial<typeof span>) =>
      hoursFaults([{ ...span, ...change }]).map((one) => one.reason);
    expect(reasons({ to: 480 })).toEqual(["before"]);
    expect(reasons({ from: 482 })).toEqual(["grid"]);
    expect(reasons({ forms: [] })).toEqual(["missing"]);
    expect(reasons({ validFrom: "2026-12-02", validTo: "2026-12-01" })).toEqual(["before"]);
    const twice = [span, { ...span, id: span.id + 100, from: 700, to: 800 }];
    expect(hoursFaults(twice).map((one) => one.reason)).toEqual(["overlap"]);
    const inTurn = [
      { ...span, validTo: "2026-12-31" },
      { ...span, id: span.id + 100, validFrom: "2027-01-01" },
    ];
    expect(hoursFaults(inTurn)).toEqual([]);
  });

  it("begin a new span after the day's last", () => {
    const spans = spansOf(hours);
    expect(newSpan(1, spans)).toMatchObject({ from: 780, to: 840 });
    expect(newSpan(2, spans)).toMatchObject({ from: 480, to: 960 });
    expect(clock(1440)).toBe("24:00");
  });
});

describe("an exception", () => {
  const form: ExceptionForm = {
    kind: "absence",
    whom: "o",
    fromDate: "2026-12-01",
    toDate: "2026-12-03",
    wholeDay: true,
    from: null,
    to: null,
    substitute: "p",
    note: " urlop ",
  };

  it("sends a substitute for an absence only, and nobody for a closure", () => {
    expect(exceptionFaults(form)).toEqual([]);
    expect(exceptionOf(form)).toMatchObject({
      official: "o",
      substitute: "p",
      note: "urlop",
      from: null,
    });
    expect(exceptionOf({ ...form, kind: "closure" })).toMatchObject({
      official: null,
      resource: null,
      substitute: null,
    });
  });

  it("closes a place with a place that stands in, and with nobody", () => {
    expect(exceptionOf({ ...form, kind: "resource_closure" })).toMatchObject({
      official: null,
      resource: "o",
      substitute: null,
      substitute_resource: "p",
    });
  });

  it("needs days in order, and hours when it isn't for the whole day", () => {
    expect(exceptionFaults({ ...form, toDate: "2026-11-30" })).toEqual([
      { field: "to_date", reason: "before" },
    ]);
    expect(exceptionFaults({ ...form, wholeDay: false }).map((one) => one.field)).toEqual([
      "from",
      "to",
    ]);
  });
});

describe("the profile", () => {
  const profile: OfficeProfile = {
    public: true,
    name: { pl: "Urząd", en: "", uk: "" },
    address: "Rynek 1",
    postcode: "31-004",
    town: "Kraków",
    phone: "",
    accessibility: { pl: "", en: "", uk: "" },
    privacy_notice: { pl: "Dane…", en: "", uk: "" },
    served_postcodes: ["31-", "32-001"],
    served_towns: ["Wieliczka"],
    reminder_minutes: [1440, 60],
    cut_off_minutes: 90,
    hold_minutes: 10,
    cap_per_email: 3,
    cap_per_network: 0,
    release: {
      waves: [{ percent: 40, days_before: 14, spread_minutes: 720 }],
      freed_min_minutes: 5,
      freed_max_minutes: 60,
    },
    retention_days: 30,
  };

  it("comes through its form unchanged", () => {
    const form = profileForm(profile, "");
    expect(profileFaults(form)).toEqual([]);
    expect(profileOf(form)).toEqual(profile);
  });

  it("needs a notice once citizens can book", () => {
    const form = { ...profileForm(profile, ""), privacy: text("") };
    expect(profileFaults(form).map((one) => one.field)).toEqual(["privacy_notice.pl"]);
    expect(profileFaults({ ...form, public: false })).toEqual([]);
  });

  it("takes beginnings of postcodes and nothing else", () => {
    const form = profileForm(profile, "");
    for (const good of ["3", "31-0", "31-004", ""]) {
      expect(profileFaults({ ...form, postcodes: good })).toEqual([]);
    }
    for (const bad of ["31004", "31_004", "Kraków", "31-0045"]) {
      expect(profileFaults({ ...form, postcodes: bad })).toHaveLength(1);
    }
  });

  it("refuses waves of more than everything", () => {
    const form = profileForm(profile, "");
    const wave = form.waves[0];
    if (!wave) throw new Error("no wave");
    const waves = [wave, { ...wave, id: wave.id + 100, percent: 61 }];
    expect(profileFaults({ ...form, waves }).map((one) => one.reason)).toEqual(["too_much"]);
  });
});

describe("numbers", () => {
  it("are whole or none", () => {
    expect(["", " 12 ", "1.5", "-1", "x", "007"].map(readEntry)).toEqual([
      null,
      12,
      null,
      null,
      null,
      7,
    ]);
  });

  it("are shown in the largest unit that fits", () => {
    expect([0, 30, 60, 90, 1440, 2880, 1500].map(unitOf)).toEqual([
      "hours",
      "minutes",
      "hours",
      "minutes",
      "days",
      "days",
      "hours",
    ]);
  });
});
