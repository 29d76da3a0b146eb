import { describe, expect, it } from "vitest";

import { separatorFor, toCsv } from "./attendanceCsv";

describe("toCsv", () => {
  it("quotes what would break a row", () => {
    expect(toCsv([["a;b", 'say "x"', "two\nlines", "a,b"]], ";")).toBe(
      '\uFEFF"a;b";"say ""x""";"two\nlines";a,b\r\n',
    );
  });

  it("keeps a name that looks like a formula as text", () => {
    expect(toCsv([["=HYPERLINK(1)", "+48 600", "@x", "-1", "Jan"]], ",")).toBe(
      "\uFEFF'=HYPERLINK(1),'+48 600,'@x,'-1,Jan\r\n",
    );
  });

  it("separates as the reader's spreadsheet expects", () => {
    expect(separatorFor("pl")).toBe(";");
    expect(separatorFor("uk")).toBe(";");
    expect(separatorFor("en")).toBe(",");
  });
});
