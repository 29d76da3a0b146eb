import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

import type { AuditEntry } from "@/api/types";
import en from "../i18n/en.json";
import pl from "../i18n/pl.json";
import uk from "../i18n/uk.json";
import { AUDIT_ACTIONS, otherDetails, targetName } from "./audit";

const NAMES = new Map([["p1", "Anna Nowak"]]);

function entry(details: Record<string, unknown>, target: string | null = null) {
  // The generated type says of an object of any shape that it has no values.
  return { target, details: details as AuditEntry["details"] };
}

describe("AUDIT_ACTIONS", () => {
  it("has every action of the API, with a sentence in each language", () => {
    const openapi: unknown = JSON.parse(readFileSync("openapi.json", "utf8"));
    const { components } = openapi as {
      components: { schemas: { AuditAction: { enum: string[] } } };
    };
    expect([...AUDIT_ACTIONS].sort()).toEqual(components.schemas.AuditAction.enum.sort());
    for (const texts of [pl, en, uk]) {
      for (const action of AUDIT_ACTIONS) {
        expect(texts.act[action]).toBeTruthy();
        expect(texts.act_on[action]).toContain("{{target}}");
      }
    }
  });
});

describe("targetName", () => {
  it("takes the best name that the details have", () => {
    expect(targetName(entry({ email: "a@b.pl", name: "Anna" }), NAMES)).toBe("Anna");
    expect(targetName(entry({ email: "a@b.pl", name: "" }), NAMES)).toBe("a@b.pl");
    expect(targetName(entry({ name: 7 }), NAMES)).toBeNull();
    expect(targetName(entry({}), NAMES)).toBeNull();
  });

  it("knows people by their id", () => {
    expect(targetName(entry({ name: true }, "p1"), NAMES)).toBe("Anna Nowak");
    expect(targetName(entry({}, "p2"), NAMES)).toBeNull();
  });
});

describe("otherDetails", () => {
  it("leaves out what the sentence says already, and flattens the rest", () => {
    const details = {
      name: "Anna",
      roles: { before: ["official"], after: ["official", "trainer"] },
      active: true,
      note: null,
    };
    expect(otherDetails(entry(details), NAMES)).toEqual([
      ["roles.before", "official"],
      ["roles.after", "official, trainer"],
      ["active", "true"],
      ["note", ""],
    ]);
  });
});
