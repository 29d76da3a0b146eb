import { useQuery } from "@tanstack/react-query";
import { Building2, Plus } from "lucide-react";
import { useState } from "react";
import type { Department } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { Table } from "@/ui/Table";
import { departmentsQuery } from "../api/departments";
import { messages } from "../messages";
import { DeleteDepartmentDialog } from "./DeleteDepartmentDialog";
import { DepartmentDialog } from "./DepartmentDialog";
import styles from "./PeoplePage.module.css";

type Open =
  { dialog: "save"; department: Department | null } | { dialog: "delete"; department: Department };

export default function DepartmentsPage() {
  const t = useMessages(messages);
  const departments = useQuery(departmentsQuery);
  const [open, setOpen] = useState<Open | null>(null);
  const add = (
    <Button icon={Plus} onClick={() => setOpen({ dialog: "save", department: null })}>
      {t("departments.new")}
    </Button>
  );
  const list = departments.data ?? [];

  return (
    <>
      <PageHeader title={t("departments.title")} actions={list.length > 0 ? add : null} />
      {departments.isPending ? <Skeleton lines={4} /> : null}
      {departments.isError ? (
        <LoadFailed error={departments.error} onRetry={() => void departments.refetch()} />
      ) : null}
      {departments.data?.length === 0 ? (
        <EmptyState icon={Building2} title={t("departments.empty")} action={add}>
          {t("departments.empty_body")}
        </EmptyState>
      ) : null}
      {list.length > 0 ? (
        <Table
          caption={t("departments.title")}
          rows={list}
          rowKey={(department) => department.id}
          columns={[
            {
              key: "name",
              header: t("departments.name"),
              rowHeader: true,
              cell: (department) => department.name,
            },
            {
              key: "people",
              header: t("people.title"),
              cell: (department) => t("people.count", { count: department.people }),
            },
            {
              key: "actions",
              header: t("people.edit"),
              hideHeader: true,
              align: "end",
              cell: (department) => (
                <span className={styles.actions}>
                  <Button
                    variant="quiet"
                    size="s"
                    aria-label={t("departments.rename_label", { name: department.name })}
                    onClick={() => setOpen({ dialog: "save", department })}
                  >
                    {t("departments.rename")}
                  </Button>
                  <Button
                    variant="quiet"
                    size="s"
                    aria-label={t("departments.delete_label", { name: department.name })}
                    onClick={() => setOpen({ dialog: "delete", department })}
                  >
                    {t("departments.delete")}
                  </Button>
                </span>
              ),
            },
          ]}
        />
      ) : null}
      {open?.dialog === "save" ? (
        <DepartmentDialog department={open.department} onClose={() => setOpen(null)} />
      ) : null}
      {open?.dialog === "delete" ? (
        <DeleteDepartmentDialog department={open.department} onClose={() => setOpen(null)} />
      ) : null}
    </>
  );
}
