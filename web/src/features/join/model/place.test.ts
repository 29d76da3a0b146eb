import { beforeEach, expect, it } from "vitest";
import { forgetPlace, keepPlace, keptPlace } from "./place";

const PLACE = { token: "t", name: "Anna", microphone: true, camera: false };

beforeEach(() => sessionStorage.clear());

it("gives back the place of the same link only", () => {
  keepPlace("secret", PLACE);
  expect(keptPlace("secret")).toEqual(PLACE);
  expect(keptPlace("another")).toBeNull();
  forgetPlace();
  expect(keptPlace("secret")).toBeNull();
});

it("ignores what it can't read", () => {
  for (const text of [
    "",
    "{",
    "null",
    "7",
    '{"subject":"secret"}',
    '{"subject":"secret","token":1}',
  ]) {
    sessionStorage.setItem("szpon.place", text);
    expect(keptPlace("secret")).toBeNull();
  }
});
