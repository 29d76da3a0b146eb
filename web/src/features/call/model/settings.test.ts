import { expect, it } from "vitest";
import { DEFAULTS, readSettings } from "./settings";

it("takes over what it understands and nothing else", () => {
  expect(readSettings(null)).toEqual(DEFAULTS);
  expect(readSettings("{")).toEqual(DEFAULTS);
  const read = readSettings('{"announce":{"chat":false,"people":"no"},"mirror":false,"x":1}');
  expect(read.announce).toEqual({ ...DEFAULTS.announce, chat: false });
  expect(read.mirror).toBe(false);
  expect(Object.keys(read)).toEqual(Object.keys(DEFAULTS));
});
