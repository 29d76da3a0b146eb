import { Ellipsis, ShieldCheck } from "lucide-react";
import { useSignedIn } from "@/api/me";
import { useProblemText } from "@/api/problem";
import type { Department, Person } from "@/api/types";
import { commonMessages, useFormat, useMessages } from "@/i18n";
import { type Item, MenuButton } from "@/ui/aria/Menu";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/Toasts";
import { useResendInvite } from "../api/people";
import { messages } from "../messages";
import styles from "./PeoplePage.module.css";
import type { Act } from "./PersonActionDialog";

interface Props {
  people: readonly Person[];
  departments: readonly Department[];
  onEdit: (person: Person) => void;
  onAct: (person: Person, act: Act) => void;
}

const TONES = { invited: "info", active: "good", deactivated: "neutral" } as const;

export function PeopleTable({ people, departments, onEdit, onAct }: Props) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const format = useFormat();
  const departmentName = (person: Person) =>
    departments.find((one) => one.id === person.department)?.name ?? t("people.no_department");

  return (
    <Table
      caption={t("people.table")}
      rows={people}
      rowKey={(person) => person.id}
      columns={[
        {
          key: "name",
          header: t("people.name"),
          rowHeader: true,
          cell: (person) => <Name person={person} />,
        },
        { key: "department", header: t("people.department"), cell: departmentName },
        {
          key: "roles",
          header: t("people.roles"),
          cell: (person) => person.roles.map((role) => common(`role.${role}`)).join(", "),
        },
        {
          key: "status",
          header: t("people.status"),
          cell: (person) => (
            <span className={styles.badges}>
              <Badge tone={TONES[person.status]}>{t(`status.${person.status}`)}</Badge>
              {person.totp_enabled ? <Badge icon={ShieldCheck}>{t("people.totp")}</Badge> : null}
            </span>
          ),
        },
        {
          key: "seen",
          header: t("people.last_seen"),
          cell: (person) =>
            person.last_seen_at ? format.relative(person.last_seen_at) : t("people.never"),
        },
        {
          key: "actions",
          header: t("people.edit"),
          hideHeader: true,
          align: "end",
          cell: (person) => <Actions person={person} onEdit={onEdit} onAct={onAct} />,
        },
      ]}
    />
  );
}

function Name({ person }: { person: Person }) {
  const t = useMessages(messages);
  const me = useSignedIn();
  return (
    <span className={styles.person}>
      <span>
        {person.name}
        {person.id === me.id ? ` (${t("people.you")})` : null}
      </span>
      <span className={styles.email}>{person.email}</span>
    </span>
  );
}

function Actions({ person, onEdit, onAct }: { person: Person } & Pick<Props, "onEdit" | "onAct">) {
  const t = useMessages(messages);
  const me = useSignedIn();
  const problemText = useProblemText();
  const resend = useResendInvite();

  async function sendAgain() {
    try {
      await resend.mutateAsync(person.id);
      toast(t("action.resent", { name: person.name }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
  }

  const items = actionsFor(person, person.id === me.id);
  return (
    <span className={styles.actions}>
      <Button
        variant="quiet"
        size="s"
        aria-label={t("people.edit_label", { name: person.name })}
        onClick={() => onEdit(person)}
      >
        {t("people.edit")}
      </Button>
      {items.length > 0 ? (
        <MenuButton
          label={t("people.actions_label", { name: person.name })}
          icon={Ellipsis}
          items={items.map((id): Item => ({
            id,
            label: t(`action.${id}`),
            danger: id === "deactivate",
          }))}
          onAction={(id) => {
            const action = items.find((one) => one === id);
            if (action === "resend") void sendAgain();
            else if (action) onAct(person, action);
          }}
        />
      ) : null}
    </span>
  );
}

/** Nobody locks themselves out: one's own account is changed in its settings. */
function actionsFor(person: Person, self: boolean): ("resend" | Act)[] {
  if (self) return [];
  switch (person.status) {
    case "invited":
      return ["resend", "deactivate"];
    case "active":
      return ["sign_out", "deactivate"];
    case "deactivated":
      return ["reactivate"];
  }
}
