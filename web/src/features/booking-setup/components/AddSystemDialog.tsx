import { useState } from "react";
import type { Scope } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { FormDialog } from "@/ui/aria/FormDialog";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Radios, TextField } from "@/ui/Field";
import { useAddSystem } from "../api/systems";
import { messages } from "../messages";

/** Longest name of a system, in characters (signalling's own limit). */
const NAME_MAX = 120;

/** Who may write has to read as well: a booking begins with what is free. */
const RIGHTS: Record<"read" | "write", Scope[]> = {
  read: ["booking_read"],
  write: ["booking_read", "booking_write"],
};

/** Names a system and what it may do; then shows its key, this once. */
export function AddSystemDialog({ onClose }: { onClose: () => void }) {
  const t = useMessages(messages);
  const refusal = useRefusal(t);
  const add = useAddSystem();
  const [name, setName] = useState("");
  const [rights, setRights] = useState<keyof typeof RIGHTS>("read");

  async function submit() {
    const wanted = name.trim();
    if (wanted === "") return refusal.refuse([{ field: "name", reason: "missing" }]);
    if ([...wanted].length > NAME_MAX) {
      return refusal.refuse([{ field: "name", reason: "too_long" }]);
    }
    try {
      await add.mutateAsync({ name: wanted, scopes: RIGHTS[rights] });
      refusal.clear();
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  if (add.data) {
    return (
      // A press beside it would lose the key for good.
      <Dialog
        alert
        open
        title={t("systems.added", { name: add.data.system.name })}
        onClose={onClose}
      >
        <p>{t("systems.key_body")}</p>
        <CopyField label={t("systems.key")} value={add.data.secret} />
        <div className={formStyles.actions}>
          <Button onClick={onClose}>{t("systems.key_done")}</Button>
        </div>
      </Dialog>
    );
  }
  return (
    <FormDialog
      title={t("systems.add")}
      summary={refusal.summary}
      confirm={t("systems.make_key")}
      busy={add.isPending}
      onSubmit={submit}
      onClose={onClose}
    >
      <TextField
        id={refusal.idOf("name")}
        label={t("systems.name")}
        hint={t("systems.name_hint")}
        error={refusal.errorOf("name")}
        autoComplete="off"
        value={name}
        onChange={(event) => setName(event.target.value)}
      />
      <Radios
        legend={t("systems.rights")}
        name="rights"
        value={rights}
        onChange={(value) => setRights(value === "write" ? "write" : "read")}
        options={[
          { value: "read", label: t("systems.read"), hint: t("systems.read_hint") },
          { value: "write", label: t("systems.write"), hint: t("systems.write_hint") },
        ]}
      />
    </FormDialog>
  );
}
