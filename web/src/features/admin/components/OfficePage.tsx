import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import type { Office } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { LoadFailed } from "@/forms/LoadFailed";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Card } from "@/ui/Card";
import { TextField } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { toast } from "@/ui/Toasts";
import { officeQuery, useChangeOffice } from "../api/office";
import { messages } from "../messages";

const NAME_MAX = 120;

export default function OfficePage() {
  const t = useMessages(messages);
  const office = useQuery(officeQuery);
  return (
    <>
      <PageHeader title={t("office.title")} />
      {office.isPending ? <Skeleton /> : null}
      {office.isError ? (
        <LoadFailed error={office.error} onRetry={() => void office.refetch()} />
      ) : null}
      {office.data ? <OfficeForm office={office.data} /> : null}
    </>
  );
}

function OfficeForm({ office }: { office: Office }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const change = useChangeOffice();
  const [name, setName] = useState(office.name);

  async function submit(event: FormEvent) {
    event.preventDefault();
    const length = [...name.trim()].length;
    if (length === 0) return refusal.refuse([{ field: "name", reason: "missing" }]);
    if (length > NAME_MAX) return refusal.refuse([{ field: "name", reason: "too_long" }]);
    refusal.clear();
    try {
      await change.mutateAsync({ name: name.trim() });
      toast(t("office.saved"));
    } catch (error) {
      refusal.refuseWith(error);
    }
  }

  return (
    <Card>
      <form className={formStyles.form} noValidate onSubmit={(event) => void submit(event)}>
        {refusal.summary}
        <TextField
          id={refusal.idOf("name")}
          label={t("office.name")}
          hint={t("office.name_hint")}
          error={refusal.errorOf("name")}
          autoComplete="organization"
          value={name}
          onChange={(event) => setName(event.target.value)}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={change.isPending}>
            {common("actions.save")}
          </Button>
        </div>
      </form>
    </Card>
  );
}
