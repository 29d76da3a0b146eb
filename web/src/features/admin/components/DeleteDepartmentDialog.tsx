import { useState } from "react";
import { ApiProblem, useProblemText } from "@/api/problem";
import type { Department } from "@/api/types";
import { commonMessages, useMessages } from "@/i18n";
import { ConfirmDialog, Dialog } from "@/ui/aria/Dialog";
import { Button, ButtonLink } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { useDeleteDepartment } from "../api/departments";
import { messages } from "../messages";

/** A department with people in it can't be deleted: says so, before and after asking the server. */
export function DeleteDepartmentDialog({
  department,
  onClose,
}: {
  department: Department;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const problemText = useProblemText();
  const remove = useDeleteDepartment();
  const [inUse, setInUse] = useState(department.people > 0);
  const { name } = department;

  async function confirm() {
    try {
      await remove.mutateAsync(department.id);
      toast(t("departments.deleted", { name }));
    } catch (error) {
      if (ApiProblem.from(error).code === "conflict") return setInUse(true);
      toast(problemText(error), "bad");
    }
    onClose();
  }

  if (inUse) {
    return (
      <Dialog
        open
        title={t("departments.delete_title")}
        onClose={onClose}
        actions={
          <>
            <ButtonLink href="/admin/people">{t("departments.show_people")}</ButtonLink>
            <Button variant="secondary" onClick={onClose}>
              {common("actions.close")}
            </Button>
          </>
        }
      >
        <p>{t("departments.in_use", { name })}</p>
      </Dialog>
    );
  }
  return (
    <ConfirmDialog
      open
      title={t("departments.delete_title")}
      confirm={t("departments.delete")}
      busy={remove.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t("departments.delete_body", { name })}</p>
    </ConfirmDialog>
  );
}
