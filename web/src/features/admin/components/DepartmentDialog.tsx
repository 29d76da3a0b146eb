import { type FormEvent, useState } from "react";
import type { Department } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { useSaveDepartment } from "../api/departments";
import { messages } from "../messages";

/** Longest name of a department, in characters. */
const NAME_MAX = 120;

/** For a new department, or a new name of one. */
export function DepartmentDialog({
  department,
  onClose,
}: {
  department: Department | null;
  onClose: () => void;
}) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const save = useSaveDepartment();
  const [name, setName] = useState(department?.name ?? "");

  async function submit(event: FormEvent) {
    event.preventDefault();
    const length = [...name.trim()].length;
    if (length === 0) return refusal.refuse([{ field: "name", reason: "missing" }]);
    if (length > NAME_MAX) return refusal.refuse([{ field: "name", reason: "too_long" }]);
    try {
      await save.mutateAsync({ department: department?.id ?? null, name: name.trim() });
      toast(t("departments.saved", { name: name.trim() }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error, { conflict: { field: "name", reason: "taken" } });
    }
  }

  return (
    <Dialog
      open
      title={department ? t("departments.rename_title") : t("departments.new_title")}
      onClose={onClose}
    >
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("name")}
          label={t("departments.name")}
          error={refusal.errorOf("name")}
          autoComplete="off"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={save.isPending}>
            {common("actions.save")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
