import { type FormEvent, useState } from "react";
import type { RoomId, RoomRole } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Select, TextField } from "@/ui/Field";
import { useCreateLink } from "../api/rooms";
import { messages } from "../messages";

const ROLES: readonly RoomRole[] = ["participant", "interpreter"];
const LABEL_MAX = 80;

/** Makes a guest link and shows its address, this once. */
export function NewLinkDialog({ room, onClose }: { room: RoomId; onClose: () => void }) {
  const t = useMessages(messages);
  const [url, setUrl] = useState<string | null>(null);
  if (url === null) return <LinkForm room={room} onMade={setUrl} onClose={onClose} />;
  return (
    // Closing it loses the address for good, so a click beside it doesn't.
    <Dialog
      open
      alert
      title={t("links.created_title")}
      onClose={onClose}
      actions={<Button onClick={onClose}>{t("links.done")}</Button>}
    >
      <p>{t("links.once")}</p>
      <CopyField label={t("links.address")} value={url} />
    </Dialog>
  );
}

interface FormProps {
  room: RoomId;
  onMade: (url: string) => void;
  onClose: () => void;
}

function LinkForm({ room, onMade, onClose }: FormProps) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const create = useCreateLink(room);
  const [label, setLabel] = useState("");
  const [role, setRole] = useState<RoomRole>("participant");

  async function submit(event: FormEvent) {
    event.preventDefault();
    if ([...label.trim()].length > LABEL_MAX) {
      return refusal.refuse([{ field: "label", reason: "too_long" }]);
    }
    try {
      const made = await create.mutateAsync({ role, label: label.trim() });
      onMade(made.url);
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <Dialog open title={t("links.new_title")} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("label")}
          label={t("links.label")}
          hint={t("links.label_hint")}
          error={refusal.errorOf("label")}
          optional
          autoComplete="off"
          value={label}
          onChange={(event) => setLabel(event.target.value)}
        />
        <Select
          label={t("invite.role")}
          hint={role === "interpreter" ? t("invite.role_hint.interpreter") : undefined}
          value={role}
          options={ROLES.map((one) => ({ value: one, label: common(`room_role.${one}`) }))}
          onChange={(event) => {
            const chosen = ROLES.find((one) => one === event.target.value);
            if (chosen) setRole(chosen);
          }}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={create.isPending}>
            {t("links.new")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
