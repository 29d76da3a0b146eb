import { act, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { describe, expect, it } from "vitest";
import { setLanguage } from "./language";
import { defineMessages } from "./messages";
import { createTranslate, useMessages } from "./translate";

const texts = new Map([
  ["hello", "Dzień dobry, {{name}}"],
  ["people_one", "{{count}} osoba"],
  ["people_few", "{{count}} osoby"],
  ["people_many", "{{count}} osób"],
  ["people_other", "{{count}} osoby"],
  ["help", "Zadzwoń: <phone>22 1</phone> lub <mail>napisz</mail>."],
]);
interface Texts {
  hello: string;
  people_one: string;
  people_few: string;
  people_many: string;
  people_other: string;
  help: string;
}

describe("t", () => {
  const t = createTranslate<Texts>("pl", texts);

  it("fills in values and leaves unknown ones", () => {
    expect(t("hello", { name: "Anna" })).toBe("Dzień dobry, Anna");
    expect(t("hello", {})).toBe("Dzień dobry, {{name}}");
  });

  it("follows Polish grammar", () => {
    const said = [1, 2, 5, 12, 22, 1.5].map((count) => t("people", { count }));
    expect(said).toEqual(["1 osoba", "2 osoby", "5 osób", "12 osób", "22 osoby", "1,5 osoby"]);
  });

  it("turns known tags into elements and keeps the others as text", () => {
    render(<p data-testid="p">{t.rich("help", { phone: (text) => <b>{text}</b> })}</p>);
    expect(screen.getByTestId("p").innerHTML).toBe(
      "Zadzwoń: <b>22 1</b> lub &lt;mail&gt;napisz&lt;/mail&gt;.",
    );
  });

  it("knows which keys there are", () => {
    expect(t.has("hello")).toBe(true);
    expect(t.has("bye")).toBe(false);
  });
});

describe("useMessages", () => {
  const lazily = (name: string) => {
    const file = (language: string) => async () => {
      await Promise.resolve();
      return { default: { title: `${name} ${language}` } };
    };
    return defineMessages<{ title: string }>({ pl: file("pl"), en: file("en"), uk: file("uk") });
  };

  it("keeps the sets of a suspended component apart, and changes language without a gap", async () => {
    const first = lazily("first");
    const second = lazily("second");
    function Both() {
      const a = useMessages(first);
      const b = useMessages(second);
      return <p>{`${a("title")}, ${b("title")}`}</p>;
    }
    await act(async () => {
      render(
        <Suspense fallback="…">
          <Both />
        </Suspense>,
      );
      await Promise.resolve();
    });
    expect(await screen.findByText("first pl, second pl")).toBeTruthy();
    await act(() => setLanguage("uk", false));
    expect(screen.getByText("first uk, second uk")).toBeTruthy();
    expect(document.documentElement.lang).toBe("uk");
    await act(() => setLanguage("pl", false));
  });
});
