import { useCallback } from "react";
import { commonMessages, type Translate, useMessages } from "@/i18n";
import type pl from "@/i18n/common/pl.json";
import type { Code, FieldError, Problem } from "./types";

/** Why a request failed: the server's own code, or `unreachable` when there was no answer at all. */
export type ProblemCode = Code | "unreachable";

/** Every failed request ends as one of these; decide by `code`, never by a text. */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly code: ProblemCode;
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly detail: string | undefined;
  /** Refused fields of the request's body, by dotted path. */
  readonly fields: readonly FieldError[];
  /** Seconds after which a retry makes sense. */
  readonly retryAfter: number | undefined;

  constructor(problem: Omit<Partial<Problem>, "code"> & { code: ProblemCode; status: number }) {
    super(`${problem.status} ${problem.code}`);
    this.code = problem.code;
    this.status = problem.status;
    this.detail = problem.detail ?? undefined;
    this.fields = problem.fields ?? [];
    this.retryAfter = problem.retry_after ?? undefined;
  }

  /** Reads an answer that isn't a success, whoever wrote it: a proxy may answer without our code. */
  static async fromResponse(response: Response): Promise<ApiProblem> {
    const body: unknown = await response
      .clone()
      .json()
      .catch(() => undefined);
    return ApiProblem.fromBody(body, response);
  }

  static fromBody(body: unknown, response: Pick<Response, "status" | "headers">): ApiProblem {
    if (isProblem(body)) return new ApiProblem({ ...body, status: response.status });
    const retry = Number(response.headers.get("retry-after") ?? Number.NaN);
    return new ApiProblem({
      code: codeOfStatus(response.status),
      status: response.status,
      ...(Number.isFinite(retry) ? { retry_after: retry } : {}),
    });
  }

  static unreachable(): ApiProblem {
    return new ApiProblem({ code: "unreachable", status: 0 });
  }

  /** Whatever was thrown, as a problem. */
  static from(error: unknown): ApiProblem {
    if (error instanceof ApiProblem) return error;
    // `fetch` rejects with a TypeError when the network fails (Fetch standard, section 5.6).
    if (error instanceof TypeError) return ApiProblem.unreachable();
    return new ApiProblem({ code: "internal", status: 0 });
  }
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" && body !== null && "code" in body && typeof body.code === "string"
  );
}

function codeOfStatus(status: number): ProblemCode {
  switch (status) {
    case 401:
      return "unauthenticated";
    case 403:
      return "forbidden";
    case 404:
      return "not_found";
    case 413:
      return "too_large";
    case 429:
      return "rate_limited";
    case 502:
    case 503:
    case 504:
      return "unreachable";
    default:
      return status >= 500 ? "internal" : "invalid";
  }
}

/** The sentence for people: what happened and what to do. */
export function problemText(t: Translate<typeof pl>, error: unknown): string {
  const problem = ApiProblem.from(error);
  const key = `problem.${problem.code}` as const;
  const text = t.has(key) ? t(key) : t("problem.internal");
  if (problem.retryAfter === undefined) return text;
  return `${text} ${t("problem_retry", { count: Math.max(1, Math.ceil(problem.retryAfter)) })}`;
}

/** {@link problemText} in the reader's language. */
export function useProblemText(): (error: unknown) => string {
  const t = useMessages(commonMessages);
  return useCallback((error) => problemText(t, error), [t]);
}
