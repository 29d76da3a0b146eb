import { describe, expect, it } from "vitest";

import { unmetRules } from "./password";

const PERSONAL = ["Anna Nowak-Lis", "anna.nowak@urzad.example"];
const unmet = (password: string) => [...unmetRules(password, PERSONAL)];

describe("unmetRules", () => {
  it("is content with words that have nothing to do with each other", () => {
    expect(unmet("koń bateria zszywka")).toEqual([]);
    expect(unmet("правильний-кінь")).toEqual([]);
  });

  it("counts characters as people do", () => {
    expect(unmet("zażółć gęśl")).toEqual(["length"]);
    expect(unmet("zażółć gęślą")).toEqual([]);
  });

  it.each([
    "aaaaaaaaaaaaaa",
    "abcdefghijklmn",
    "12345678901234",
    "qwertyuiopasdfgh",
    "abababababab",
  ])("sees through %s", (password) => expect(unmet(password)).toContain("varied"));

  it("doesn't take the person's own name or address", () => {
    expect(unmet("Wielki-NOWAK-idzie")).toEqual(["personal"]);
    expect(unmet("mocne#urzad#haslo")).toEqual(["personal"]);
    // Three letters of a name may well stand in another word.
    expect(unmet("polisa jutro deszcz")).toEqual([]);
  });

  it("says of an empty field that nothing is met", () => {
    expect(unmet("")).toEqual(["length", "varied", "personal"]);
  });
});
