import { type FormEvent, useState } from "react";
import type { Department } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useLanguage, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { useInvitePerson } from "../api/people";
import { messages } from "../messages";
import { emptyPerson, personFaults, toInvite } from "../model/personForm";
import { PersonFields } from "./PersonFields";

interface Props {
  departments: readonly Department[];
  onClose: () => void;
}

export function InvitePersonDialog({ departments, onClose }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const invite = useInvitePerson();
  const language = useLanguage();
  const [form, setForm] = useState(() => emptyPerson(language));

  async function submit(event: FormEvent) {
    event.preventDefault();
    const faults = personFaults(form);
    if (faults.length > 0) return refusal.refuse(faults);
    try {
      const { email } = await invite.mutateAsync(toInvite(form));
      toast(t("person.invited", { email }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error, { conflict: { field: "email", reason: "taken" } });
    }
  }

  return (
    <Dialog open title={t("person.invite_title")} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <PersonFields form={form} onChange={setForm} refusal={refusal} departments={departments} />
        <div className={formStyles.actions}>
          <Button type="submit" busy={invite.isPending}>
            {invite.isPending ? t("person.submitting") : t("person.submit_invite")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
