import { type ReactNode, useId, useState } from "react";
import { ApiProblem, useProblemText } from "@/api/problem";
import { commonMessages, type Translate, useMessages } from "@/i18n";
import { ErrorSummary, type SummaryItem } from "@/ui/ErrorSummary";

/** One refused field: by its name in the request, with the server's reason or one of the form's own. */
export interface Fault {
  field: string;
  reason: string;
}

/** What a problem code means for one field of a form, e.g. a wrong password. */
export type Blame = Partial<Record<ApiProblem["code"], Fault>>;

export interface Refusal {
  /** Stands above the form; empty while nothing was refused. */
  summary: ReactNode;
  /** The id that a field must carry, so that the summary can lead to it. */
  idOf: (field: string) => string;
  errorOf: (field: string) => string | undefined;
  /** The form itself found these faults; nothing was sent. */
  refuse: (faults: readonly Fault[]) => void;
  /** The request failed. */
  refuseWith: (error: unknown, blame?: Blame) => void;
  clear: () => void;
}

interface State {
  /** Grows with every refusal, so that the summary takes the focus again. */
  attempt: number;
  faults: readonly Fault[];
  /** A problem of the whole form. */
  error: ApiProblem | null;
}

/**
 * What was refused of a form: as a summary that takes the focus, and beside each field.
 * Sentences are `fault.<last part of the field>_<reason>` of the feature, else the common ones.
 */
export function useRefusal<T>(t: Translate<T>): Refusal {
  const common = useMessages(commonMessages);
  const problemText = useProblemText();
  const prefix = useId();
  const [{ attempt, faults, error }, set] = useState<State>({
    attempt: 0,
    faults: [],
    error: null,
  });

  const idOf = (field: string) => `${prefix}${field}`;

  function sentence({ field, reason }: Fault): string {
    const own = `fault.${field.split(".").at(-1) ?? ""}_${reason}`;
    if (t.has(own)) return t(own);
    const shared = `field.${reason}`;
    return common.has(shared) ? common(shared) : common("field.malformed");
  }

  const items: SummaryItem[] = [
    ...(error ? [{ text: problemText(error) }] : []),
    ...faults.map((fault) => ({ field: idOf(fault.field), text: sentence(fault) })),
  ];

  return {
    summary: <ErrorSummary key={attempt} items={items} />,
    idOf,
    errorOf: (field) => {
      const fault = faults.find((one) => one.field === field);
      return fault && sentence(fault);
    },
    refuse: (next) => set({ attempt: attempt + 1, faults: next, error: null }),
    refuseWith: (thrown, blame = {}) => {
      const problem = ApiProblem.from(thrown);
      const blamed = blame[problem.code];
      const next = blamed ? [blamed] : problem.fields;
      set({ attempt: attempt + 1, faults: next, error: next.length > 0 ? null : problem });
    },
    clear: () => set({ attempt, faults: [], error: null }),
  };
}
