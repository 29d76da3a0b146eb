import { queryOptions, useMutation, useQueryClient } from "@tanstack/react-query";

import { api, call } from "@/api/client";
import type { DepartmentId } from "@/api/types";

const DEPARTMENTS = ["departments"] as const;

export const departmentsQuery = queryOptions({
  queryKey: DEPARTMENTS,
  queryFn: ({ signal }) => call(api.GET("/api/v1/departments", { signal })),
});

/** Makes a department, or renames the one whose id is given. */
export function useSaveDepartment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: ({ department, name }: { department: DepartmentId | null; name: string }) =>
      department === null
        ? call(api.POST("/api/v1/departments", { body: { name } }))
        : call(
            api.PATCH("/api/v1/departments/{department}", {
              params: { path: { department } },
              body: { name },
            }),
          ),
    onSuccess: () => client.invalidateQueries({ queryKey: DEPARTMENTS }),
  });
}

export function useDeleteDepartment() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (department: DepartmentId) =>
      call(api.DELETE("/api/v1/departments/{department}", { params: { path: { department } } })),
    // Also after a refusal: somebody may have been put into it meanwhile.
    onSettled: () => client.invalidateQueries({ queryKey: DEPARTMENTS }),
  });
}
