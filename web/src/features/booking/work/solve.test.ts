import { createHash } from "node:crypto";
import { expect, it } from "vitest";
import { solve } from "./solve";

const SALT = "5f1c?expires=1796000000";
const hash = (number: number) => createHash("sha256").update(`${SALT}${number}`).digest("hex");

it("finds the number that the server thought of", () => {
  for (const number of [0, 7, 4321]) {
    expect(solve({ challenge: hash(number), salt: SALT, max: 5000 })).toBe(number);
  }
});

it("stops at the largest number that counts", () => {
  expect(solve({ challenge: hash(101), salt: SALT, max: 100 })).toBeNull();
});
