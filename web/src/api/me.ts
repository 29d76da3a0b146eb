import { MutationCache, QueryCache, QueryClient, useQuery } from "@tanstack/react-query";
import { api, call } from "./client";
import { ApiProblem } from "./problem";
import type { Me } from "./types";

/** One cache for the staff pages; cleared at sign-out, so that nothing of one person reaches the next. */
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noticeExpiry }),
  mutationCache: new MutationCache({ onError: noticeExpiry }),
  defaultOptions: {
    queries: {
      staleTime: 10_000,
      retry: (failures, error) => {
        const { status } = ApiProblem.from(error);
        return failures < 2 && (status === 0 || status >= 500);
      },
    },
    mutations: { retry: false },
  },
});

export const ME_KEY = ["me"] as const;

/** A session that ended elsewhere shows at the next request: then the staff layout asks to sign in. */
function noticeExpiry(error: unknown): void {
  if (ApiProblem.from(error).code !== "unauthenticated") return;
  if (queryClient.getQueryData<Me | null>(ME_KEY)) queryClient.setQueryData(ME_KEY, null);
}

/** Who is signed in; null when nobody is. */
export async function fetchMe(): Promise<Me | null> {
  try {
    return await call(api.GET("/api/v1/me"));
  } catch (error) {
    if (error instanceof ApiProblem && error.code === "unauthenticated") return null;
    throw error;
  }
}

export function useMe() {
  return useQuery({ queryKey: ME_KEY, queryFn: fetchMe, staleTime: 60_000 });
}

/** For pages inside the staff layout, which is only shown to someone who is signed in. */
export function useSignedIn(): Me {
  const { data } = useMe();
  if (!data) throw new ApiProblem({ code: "unauthenticated", status: 401 });
  return data;
}
