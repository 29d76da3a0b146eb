import { expect, it } from "vitest";
import { isWhole, readCode, showCode } from "./kiosk";

it("reads a code however it is typed, and shows it as it is written in the mail", () => {
  for (const typed of ["k7m4-xrtp", " K7M4 XRTP ", "K7M4XRTP99"]) {
    expect(showCode(readCode(typed))).toBe("K7M4-XRTP");
    expect(isWhole(readCode(typed))).toBe(true);
  }
  expect(showCode(readCode("k7m4"))).toBe("K7M4");
  expect(showCode(readCode("k7m4x"))).toBe("K7M4-X");
  expect(isWhole(readCode("k7m4-xrt"))).toBe(false);
});
