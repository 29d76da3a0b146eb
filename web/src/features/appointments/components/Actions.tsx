import { Ellipsis, Megaphone, Play, UserCheck, Video } from "lucide-react";
import { useState } from "react";
import { useProblemText } from "@/api/problem";
import type { AppointmentSummary } from "@/api/types";
import { useMessages } from "@/i18n";
import { type Item, MenuButton } from "@/ui/aria/Menu";
import { Button, ButtonLink, type ButtonProps } from "@/ui/Button";
import { Of } from "@/ui/Of";
import { toast } from "@/ui/Toasts";
import { type Step, useStep } from "../api/appointments";
import { messages } from "../messages";
import { isMovable, mainStep, otherSteps } from "../model/day";
import { CancelDialog } from "./CancelDialog";
import { HandOverDialog } from "./HandOverDialog";
import { MoveDialog } from "./MoveDialog";
import { NoShowDialog } from "./NoShowDialog";
import styles from "./Row.module.css";

type Open = "move" | "hand_over" | "cancel" | "no_show";

interface Props {
  appointment: AppointmentSummary;
  now: number;
  size?: "s" | "m" | "l";
  /** Of the first button; a list has one primary button at most. */
  variant?: ButtonProps["variant"];
  /** The stranded ones want to be moved, not begun. */
  moving?: boolean;
}

const ICONS = { arrive: UserCheck, call: Megaphone, start: Play } as const;

/** What can be done with an appointment now: the usual next thing first, the rest in a menu. */
export function Actions({ appointment, now, size = "m", variant = "secondary", moving }: Props) {
  const t = useMessages(messages);
  const problemText = useProblemText();
  const step = useStep();
  const [open, setOpen] = useState<Open | null>(null);
  const { id, name, state, form, room } = appointment;
  const main = mainStep(appointment);
  const movable = isMovable(appointment);

  async function run(next: Step) {
    try {
      await step.mutateAsync({ id, step: next });
      toast(t(`did.${next}`, { name }));
    } catch (error) {
      toast(problemText(error), "bad");
    }
    keepFocus(id);
  }

  const items: Item[] = [
    ...otherSteps(appointment, now).map((one) => ({ id: one, label: t(`step.${one}`) })),
    ...(movable ? [{ id: "move", label: t("action.move") }] : []),
    ...(movable || state === "arrived" || state === "in_progress"
      ? [{ id: "hand_over", label: t("action.hand_over") }]
      : []),
    ...(movable || state === "arrived"
      ? [{ id: "cancel", label: t("action.cancel"), danger: true }]
      : []),
  ];

  function act(action: string) {
    if (action === "move" || action === "hand_over" || action === "cancel") setOpen(action);
    else if (action === "no-show") setOpen("no_show");
    else void run(action as Step);
  }

  const close = () => setOpen(null);
  return (
    <div className={styles.actions}>
      {moving && movable ? (
        <>
          <Button size={size} variant={variant} onClick={() => setOpen("move")}>
            <Of of={name}>{t("action.move")}</Of>
          </Button>
          <Button size={size} variant="secondary" onClick={() => setOpen("hand_over")}>
            <Of of={name}>{t("action.hand_over")}</Of>
          </Button>
          <Button size={size} variant="secondary" onClick={() => setOpen("cancel")}>
            <Of of={name}>{t("action.cancel")}</Of>
          </Button>
        </>
      ) : (
        <>
          {form === "video" && room && (main === "start" || state === "in_progress") ? (
            <ButtonLink
              external
              href={`/rooms/${room}/call`}
              size={size}
              variant={main === "start" ? variant : "secondary"}
              icon={Video}
              onClick={() => {
                // The call opens beside; that it has begun is written down on the way.
                if (main === "start") void run("start");
              }}
            >
              <Of of={`${name} (${t("action.new_tab")})`}>
                {main === "start" ? t("step.start_video") : t("action.back_to_call")}
              </Of>
            </ButtonLink>
          ) : null}
          {main && !(form === "video" && room && main === "start") ? (
            <Button
              size={size}
              variant={variant}
              icon={main in ICONS ? ICONS[main as keyof typeof ICONS] : undefined}
              busy={step.isPending}
              onClick={() => void run(main)}
            >
              <Of of={name}>{t(`step.${main}`)}</Of>
            </Button>
          ) : null}
          {items.length > 0 ? (
            <MenuButton
              label={t("action.more", { name })}
              icon={Ellipsis}
              items={items}
              onAction={act}
            />
          ) : null}
        </>
      )}
      {open === "move" ? <MoveDialog appointment={appointment} onClose={close} /> : null}
      {open === "hand_over" ? <HandOverDialog appointment={appointment} onClose={close} /> : null}
      {open === "cancel" ? <CancelDialog appointment={appointment} onClose={close} /> : null}
      {open === "no_show" ? (
        <NoShowDialog
          appointment={appointment}
          busy={step.isPending}
          onConfirm={() => void run("no-show").then(close)}
          onClose={close}
        />
      ) : null}
    </div>
  );
}

/**
 * The button that was pressed may be gone with its row's old place: then the focus follows the
 * appointment to its new one.
 */
function keepFocus(id: string) {
  requestAnimationFrame(() => {
    const { activeElement } = document;
    if (activeElement && activeElement !== document.body) return;
    document.getElementById(`appointment-${id}`)?.focus();
  });
}
