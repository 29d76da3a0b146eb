import { describe, expect, it } from "vitest";
import { createTranslate } from "@/i18n/translate";
import { flatten } from "@/i18n/messages";
import pl from "@/i18n/common/pl.json";
import openapi from "../../openapi.json";
import { call } from "./client";
import { ApiProblem, problemText } from "./problem";

const t = createTranslate<typeof pl>("pl", flatten(pl));
const answer = (status: number, headers = {}) => new Response(null, { status, headers });

it("has a sentence for every code of the server, and none for others", () => {
  const codes = [...openapi.components.schemas.Code.enum, "unreachable"].sort();
  expect(Object.keys(pl.problem).sort()).toEqual(codes);
});

describe("ApiProblem", () => {
  it("reads the server's document", () => {
    const fields = [{ field: "name", reason: "missing" }];
    const problem = ApiProblem.fromBody({ code: "invalid", fields }, answer(422));
    expect(problem).toMatchObject({ code: "invalid", status: 422, fields });
  });

  it("makes do with a status when a proxy answered", () => {
    expect(ApiProblem.fromBody("<html>", answer(502)).code).toBe("unreachable");
    expect(ApiProblem.fromBody(undefined, answer(404)).code).toBe("not_found");
    const limited = ApiProblem.fromBody(undefined, answer(429, { "retry-after": "30" }));
    expect(limited).toMatchObject({ code: "rate_limited", retryAfter: 30 });
  });

  it("says how long to wait", () => {
    const problem = new ApiProblem({ code: "rate_limited", status: 429, retry_after: 30 });
    expect(problemText(t, problem)).toContain("za 30 sekund");
    expect(problemText(t, new TypeError("Failed to fetch"))).toBe(pl.problem.unreachable);
    expect(problemText(t, new Error("x"))).toBe(pl.problem.internal);
  });
});

describe("call", () => {
  it("gives the data of a success", async () => {
    const response = answer(200);
    await expect(call(Promise.resolve({ data: { id: 1 }, response }))).resolves.toEqual({ id: 1 });
  });

  it("throws a problem for everything else", async () => {
    const refused = { error: { code: "forbidden" }, response: answer(403) };
    await expect(call(Promise.resolve(refused))).rejects.toMatchObject({ code: "forbidden" });
    await expect(call(Promise.reject(new TypeError("network")))).rejects.toMatchObject({
      code: "unreachable",
    });
    const aborted = new DOMException("", "AbortError");
    await expect(call(Promise.reject(aborted))).rejects.toBe(aborted);
  });
});
