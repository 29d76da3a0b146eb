import { ApiProblem, useProblemText } from "@/api/problem";
import type { Person } from "@/api/types";
import { useMessages } from "@/i18n";
import { ConfirmDialog } from "@/ui/aria/Dialog";
import { toast } from "@/ui/Toasts";
import { useChangePerson, useSignOutPerson } from "../api/people";
import { messages } from "../messages";

/** What is done to a person's account after asking. */
export type Act = "sign_out" | "deactivate" | "reactivate";

const DONE = {
  sign_out: "action.signed_out",
  deactivate: "action.deactivated",
  reactivate: "action.reactivated",
} as const;

interface Props {
  person: Person;
  act: Act;
  onClose: () => void;
}

export function PersonActionDialog({ person, act, onClose }: Props) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const change = useChangePerson();
  const signOut = useSignOutPerson();
  const { name } = person;

  async function confirm() {
    try {
      if (act === "sign_out") await signOut.mutateAsync(person.id);
      else {
        const active = act === "reactivate";
        await change.mutateAsync({ person: person.id, change: { active } });
      }
      toast(t(DONE[act], { name }));
    } catch (error) {
      const last = ApiProblem.from(error).code === "conflict";
      toast(last ? t("fault.roles_last") : problemText(error), "bad");
    }
    onClose();
  }

  return (
    <ConfirmDialog
      open
      title={t(`action.${act}_title`)}
      confirm={t(`action.${act}`)}
      variant={act === "reactivate" ? "primary" : "danger"}
      busy={change.isPending || signOut.isPending}
      onConfirm={() => void confirm()}
      onClose={onClose}
    >
      <p>{t(`action.${act}_body`, { name })}</p>
    </ConfirmDialog>
  );
}
