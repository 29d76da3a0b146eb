import { type FormEvent, useState } from "react";
import { useSignedIn } from "@/api/me";
import type { Department, Person } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { toast } from "@/ui/Toasts";
import { useChangePerson } from "../api/people";
import { messages } from "../messages";
import { formOf, personFaults, toChange } from "../model/personForm";
import { PersonFields } from "./PersonFields";

interface Props {
  person: Person;
  departments: readonly Department[];
  onClose: () => void;
}

export function EditPersonDialog({ person, departments, onClose }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const change = useChangePerson();
  const me = useSignedIn();
  const [form, setForm] = useState(() => formOf(person));

  async function submit(event: FormEvent) {
    event.preventDefault();
    const faults = personFaults(form);
    if (faults.length > 0) return refusal.refuse(faults);
    const changed = toChange(person, form);
    if (changed === null) return onClose();
    try {
      const { name } = await change.mutateAsync({ person: person.id, change: changed });
      toast(t("person.saved", { name }));
      onClose();
    } catch (error) {
      refusal.refuseWith(error, { conflict: { field: "roles", reason: "last" } });
    }
  }

  return (
    <Dialog open title={t("person.edit_title")} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <PersonFields
          known
          form={form}
          onChange={setForm}
          refusal={refusal}
          departments={departments}
          self={person.id === me.id}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={change.isPending}>
            {change.isPending ? t("person.submitting") : common("actions.save")}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
