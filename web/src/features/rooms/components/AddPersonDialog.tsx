import { useQuery } from "@tanstack/react-query";
import { type FormEvent, useState } from "react";
import { useSignedIn } from "@/api/me";
import type { Person, RoomRole } from "@/api/types";
import formStyles from "@/forms/forms.module.css";
import { LanguageSelect } from "@/forms/LanguageSelect";
import { useRefusal } from "@/forms/useRefusal";
import { commonMessages, useMessages } from "@/i18n";
import { ComboBox } from "@/ui/aria/ComboBox";
import { Dialog } from "@/ui/aria/Dialog";
import { Button } from "@/ui/Button";
import { Radios, Select, TextField } from "@/ui/Field";
import { toast } from "@/ui/Toasts";
import { colleaguesQuery } from "../api/colleagues";
import { useSettled } from "../hooks/useSettled";
import { messages } from "../messages";
import { type DraftInvitee, inviteeFaults, sameAddress } from "../model/roomForm";
import styles from "./People.module.css";

interface Props {
  /** Addresses that are on the list already. */
  taken: readonly string[];
  submit: string;
  /** Rejects with the problem when the server refused. */
  onAdd: (invitee: DraftInvitee) => Promise<void>;
  onClose: () => void;
}

type Kind = "colleague" | "outsider";

const NOBODY: DraftInvitee = {
  person: null,
  name: "",
  email: "",
  language: "pl",
  role: "participant",
};

/** Only a colleague can moderate. */
const ROLES: Record<Kind, readonly RoomRole[]> = {
  colleague: ["participant", "co_host", "interpreter"],
  outsider: ["participant", "interpreter"],
};

export function AddPersonDialog({ taken, submit, onAdd, onClose }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const refusal = useRefusal(t);
  const [kind, setKind] = useState<Kind>("outsider");
  const [draft, setDraft] = useState(NOBODY);
  const [busy, setBusy] = useState(false);
  const set = (change: Partial<DraftInvitee>) => setDraft({ ...draft, ...change });

  async function send(event: FormEvent) {
    event.preventDefault();
    // React passes events on to the form that opened the dialog, though it stands elsewhere.
    event.stopPropagation();
    if (kind === "colleague" && draft.person === null) {
      return refusal.refuse([{ field: "person", reason: "missing" }]);
    }
    const faults = inviteeFaults(draft, taken);
    if (faults.length > 0) return refusal.refuse(faults);
    setBusy(true);
    try {
      await onAdd(draft);
      toast(t("invite.added", { name: draft.name.trim() }));
      onClose();
    } catch (error) {
      setBusy(false);
      refusal.refuseWith(error, { conflict: { field: "email", reason: "taken" } });
    }
  }

  const roleHint = `invite.role_hint.${draft.role}`;
  return (
    <Dialog open title={t("invite.heading")} onClose={onClose}>
      <form className={formStyles.form} noValidate onSubmit={(event) => void send(event)}>
        {refusal.summary}
        <Radios
          name={refusal.idOf("kind")}
          legend={t("invite.kind")}
          value={kind}
          options={[
            { value: "outsider", label: t("invite.outsider") },
            { value: "colleague", label: t("invite.colleague") },
          ]}
          onChange={(value) => {
            setKind(value === "colleague" ? "colleague" : "outsider");
            setDraft(NOBODY);
            refusal.clear();
          }}
        />
        {kind === "colleague" ? (
          <ColleagueField
            id={refusal.idOf("person")}
            draft={draft}
            taken={taken}
            error={refusal.errorOf("person") ?? refusal.errorOf("email")}
            onChoose={({ id, name, email, language }) => set({ person: id, name, email, language })}
            onClear={() => setDraft({ ...NOBODY, role: draft.role })}
          />
        ) : (
          <>
            <TextField
              id={refusal.idOf("name")}
              label={t("invite.name")}
              error={refusal.errorOf("name")}
              autoComplete="off"
              value={draft.name}
              onChange={(event) => set({ name: event.target.value })}
            />
            <TextField
              id={refusal.idOf("email")}
              label={t("invite.email")}
              error={refusal.errorOf("email")}
              type="email"
              autoComplete="off"
              autoCapitalize="none"
              spellCheck={false}
              value={draft.email}
              onChange={(event) => set({ email: event.target.value })}
            />
            <LanguageSelect
              label={t("invite.language")}
              value={draft.language}
              onChange={(language) => set({ language })}
            />
          </>
        )}
        <Select
          label={t("invite.role")}
          hint={t.has(roleHint) ? t(roleHint) : undefined}
          value={draft.role}
          options={ROLES[kind].map((role) => ({ value: role, label: common(`room_role.${role}`) }))}
          onChange={(event) => {
            const role = ROLES[kind].find((one) => one === event.target.value);
            if (role) set({ role });
          }}
        />
        <div className={formStyles.actions}>
          <Button type="submit" busy={busy}>
            {busy ? t("invite.adding") : submit}
          </Button>
          <Button variant="secondary" onClick={onClose}>
            {common("actions.cancel")}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

interface ColleagueProps {
  id: string;
  draft: DraftInvitee;
  taken: readonly string[];
  error: string | undefined;
  onChoose: (person: Person) => void;
  onClear: () => void;
}

function ColleagueField({ id, draft, taken, error, onChoose, onClear }: ColleagueProps) {
  const t = useMessages(messages);
  const me = useSignedIn();
  const [input, setInput] = useState("");
  const query = useSettled(input.trim());
  const people = useQuery({ ...colleaguesQuery(query), enabled: draft.person === null });
  const choices = (people.data ?? []).filter(
    (person) =>
      person.id !== me.id &&
      person.status === "active" &&
      !taken.some((email) => sameAddress(email, person.email)),
  );

  if (draft.person !== null) {
    return (
      <div className={styles.chosen}>
        <div>
          <p className={styles.name}>{draft.name}</p>
          <p className={styles.meta}>{draft.email}</p>
          {error ? <p className={styles.error}>{error}</p> : null}
        </div>
        <Button
          id={id}
          variant="secondary"
          size="s"
          onClick={() => {
            setInput("");
            onClear();
          }}
        >
          {t("invite.change_person")}
        </Button>
      </div>
    );
  }
  return (
    <ComboBox
      id={id}
      label={t("invite.search")}
      error={error}
      choices={choices.map((person) => ({
        id: person.id,
        label: person.name,
        detail: person.email,
      }))}
      input={input}
      onInput={setInput}
      onChoose={(chosen) => {
        const person = choices.find((one) => one.id === chosen);
        if (person) onChoose(person);
      }}
      emptyText={people.isFetching ? t("invite.searching") : t("invite.no_match")}
    />
  );
}
