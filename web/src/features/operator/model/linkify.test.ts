import { describe, expect, it } from "vitest";

import { linkify } from "./linkify";

describe("linkify", () => {
  it("leaves a sentence's punctuation outside the address", () => {
    expect(linkify("Wejdź: https://szpon.example/j#abc-D_9. Do zobaczenia")).toEqual([
      { kind: "text", text: "Wejdź: " },
      { kind: "link", href: "https://szpon.example/j#abc-D_9" },
      { kind: "text", text: ". Do zobaczenia" },
    ]);
  });

  it("makes no link of another scheme", () => {
    const text = "javascript:alert(1) data:text/html,x ftp://a.b";
    expect(linkify(text)).toEqual([{ kind: "text", text }]);
  });

  it("loses no character", () => {
    const text = "<https://a.pl/x>\nhttp://b.pl, (https://c.pl/y?z=1&q=2)!\n";
    const back = linkify(text)
      .map((part) => (part.kind === "text" ? part.text : part.href))
      .join("");
    expect(back).toBe(text);
    expect(linkify(text).filter((part) => part.kind === "link")).toHaveLength(3);
  });
});
