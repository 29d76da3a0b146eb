import { useQuery } from "@tanstack/react-query";
import { UserPlus, Users } from "lucide-react";
import { useDeferredValue, useState } from "react";
import type { Person } from "@/api/types";
import { LoadFailed } from "@/forms/LoadFailed";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { EmptyState } from "@/ui/EmptyState";
import { TextField } from "@/ui/Field";
import { PageHeader } from "@/ui/PageHeader";
import { Skeleton } from "@/ui/Spinner";
import { departmentsQuery } from "../api/departments";
import { peopleQuery } from "../api/people";
import { messages } from "../messages";
import { EditPersonDialog } from "./EditPersonDialog";
import { InvitePersonDialog } from "./InvitePersonDialog";
import styles from "./PeoplePage.module.css";
import { PeopleTable } from "./PeopleTable";
import { type Act, PersonActionDialog } from "./PersonActionDialog";

type Open =
  | { dialog: "invite" }
  | { dialog: "edit"; person: Person }
  | { dialog: "act"; person: Person; act: Act }
  | null;

export default function PeoplePage() {
  const t = useMessages(messages);
  const [input, setInput] = useState("");
  const query = useDeferredValue(input.trim());
  const people = useQuery(peopleQuery(query));
  const departments = useQuery(departmentsQuery);
  const [open, setOpen] = useState<Open>(null);
  const close = () => setOpen(null);
  const list = people.data ?? [];

  return (
    <>
      <PageHeader
        title={t("people.title")}
        actions={
          <Button icon={UserPlus} onClick={() => setOpen({ dialog: "invite" })}>
            {t("people.invite")}
          </Button>
        }
      />
      <div className={styles.tools}>
        <TextField
          className={styles.search}
          label={t("people.search")}
          type="search"
          autoComplete="off"
          value={input}
          onChange={(event) => setInput(event.target.value)}
        />
        <p role="status" className={styles.count}>
          {people.data ? t("people.count", { count: list.length }) : null}
        </p>
      </div>
      {people.isPending ? <Skeleton lines={6} /> : null}
      {people.isError ? (
        <LoadFailed error={people.error} onRetry={() => void people.refetch()} />
      ) : null}
      {people.data && list.length === 0 ? (
        query === "" ? (
          <EmptyState icon={Users} title={t("people.empty")} />
        ) : (
          <p className={styles.none}>{t("people.no_match", { query })}</p>
        )
      ) : null}
      {list.length > 0 ? (
        <PeopleTable
          people={list}
          departments={departments.data ?? []}
          onEdit={(person) => setOpen({ dialog: "edit", person })}
          onAct={(person, act) => setOpen({ dialog: "act", person, act })}
        />
      ) : null}
      {open?.dialog === "invite" ? (
        <InvitePersonDialog departments={departments.data ?? []} onClose={close} />
      ) : null}
      {open?.dialog === "edit" ? (
        <EditPersonDialog
          person={open.person}
          departments={departments.data ?? []}
          onClose={close}
        />
      ) : null}
      {open?.dialog === "act" ? (
        <PersonActionDialog person={open.person} act={open.act} onClose={close} />
      ) : null}
    </>
  );
}
