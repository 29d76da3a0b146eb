import { describe, expect, it } from "vitest";

import type { Person } from "@/api/types";
import { emptyPerson, formOf, personFaults, toChange, toInvite } from "./personForm";

const PERSON: Person = {
  id: "p",
  name: "Jan Kowalski",
  email: "jan@urzad.example",
  department: "d1",
  roles: ["office_admin", "official"],
  language: "pl",
  status: "active",
  totp_enabled: false,
};

describe("toInvite", () => {
  it("sends a department only when one was chosen", () => {
    const form = { ...emptyPerson("uk"), name: " Ola ", email: " ola@urzad.example " };
    expect(toInvite(form)).toEqual({
      name: "Ola",
      email: "ola@urzad.example",
      language: "uk",
      roles: ["official"],
    });
    expect(toInvite({ ...form, department: "d2" }).department).toBe("d2");
  });
});

describe("toChange", () => {
  it("is nothing when nothing changed, whatever the order of roles", () => {
    expect(toChange(PERSON, formOf(PERSON))).toBeNull();
  });

  it("says apart that a person leaves a department", () => {
    expect(toChange(PERSON, { ...formOf(PERSON), department: null })).toEqual({
      clear_department: true,
    });
    expect(toChange(PERSON, { ...formOf(PERSON), department: "d2" })).toEqual({ department: "d2" });
    expect(toChange({ ...PERSON, department: null }, { ...formOf(PERSON), department: null })).toBe(
      null,
    );
  });

  it("sends all roles when one was added", () => {
    const roles = new Set([...PERSON.roles, "trainer" as const]);
    expect(toChange(PERSON, { ...formOf(PERSON), roles })).toEqual({
      roles: ["official", "trainer", "office_admin"],
    });
  });
});

describe("personFaults", () => {
  it("names everything that is wrong", () => {
    const form = { ...emptyPerson("pl"), email: "x", roles: new Set<never>() };
    expect(personFaults(form)).toEqual([
      { field: "person", reason: "missing" },
      { field: "email", reason: "malformed" },
      { field: "roles", reason: "missing" },
    ]);
  });
});
