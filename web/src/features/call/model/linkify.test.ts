import { expect, it } from "vitest";
import { linkify } from "./linkify";

it("makes links of addresses and nothing else", () => {
  expect(linkify("zob. https://gov.pl/web?a=1, proszę")).toEqual([
    { text: "zob. " },
    { text: "https://gov.pl/web?a=1", href: "https://gov.pl/web?a=1" },
    { text: ", proszę" },
  ]);
  expect(linkify("javascript:alert(1) data:text/html,x")).toEqual([
    { text: "javascript:alert(1) data:text/html,x" },
  ]);
  expect(linkify("")).toEqual([]);
});

it("loses no character", () => {
  for (const text of ["(https://a.pl)", "https://a.pl.https://b.pl", "https://", "a https://[ b"]) {
    expect(
      linkify(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  }
});
