import { act, renderHook } from "@testing-library/react";
import { beforeEach, describe, expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { commonMessages, setLanguage } from "@/i18n";
import { load } from "@/i18n/messages";
import { createTranslate } from "@/i18n/translate";
import { useRefusal } from "./useRefusal";

const t = createTranslate<{ fault: { email_missing: string } }>(
  "pl",
  new Map([["fault.email_missing", "Podaj adres"]]),
);

beforeEach(async () => {
  await load(commonMessages, "pl");
  await setLanguage("pl", false);
});

describe("useRefusal", () => {
  it("says each refused field in the feature's words, else in the common ones", () => {
    const { result } = renderHook(() => useRefusal(t));
    act(() =>
      result.current.refuseWith(
        new ApiProblem({
          code: "invalid",
          status: 422,
          fields: [
            { field: "invitees.0.email", reason: "missing" },
            { field: "title", reason: "too_long" },
          ],
        }),
      ),
    );
    expect(result.current.errorOf("invitees.0.email")).toBe("Podaj adres");
    expect(result.current.errorOf("title")).toBe("Tekst jest za długi");
    expect(result.current.errorOf("email")).toBeUndefined();
  });

  it("blames a field for a code when the form says so", () => {
    const { result } = renderHook(() => useRefusal(t));
    const problem = new ApiProblem({ code: "bad_credentials", status: 401 });
    act(() =>
      result.current.refuseWith(problem, {
        bad_credentials: { field: "email", reason: "missing" },
      }),
    );
    expect(result.current.errorOf("email")).toBe("Podaj adres");
    act(() => result.current.clear());
    expect(result.current.errorOf("email")).toBeUndefined();
  });
});
