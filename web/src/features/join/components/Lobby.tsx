import { Camera, Mic } from "lucide-react";
import { type FormEvent, type ReactNode, useEffect, useState } from "react";
import { useStore } from "zustand";
import type { ProbeGrant } from "@/api/types";
import { useMessages } from "@/i18n";
import type { LocalMedia } from "@/rtc";
import { Button } from "@/ui/Button";
import { ErrorSummary } from "@/ui/ErrorSummary";
import { TextField } from "@/ui/Field";
import { messages } from "../messages";
import { ConnectionCheck } from "./ConnectionCheck";
import { DeviceChoice } from "./DeviceChoice";
import { DeviceProblems } from "./DeviceProblems";
import styles from "./Lobby.module.css";
import { Preview } from "./Preview";

/** As the protocol crate has it (`room::NAME_MAX_CHARS`). */
const NAME_MAX_CHARS = 80;

interface Props {
  local: LocalMedia;
  probe: () => Promise<ProbeGrant>;
  /** What the name is filled with at first; null for staff, whose name is known. */
  suggestedName: string | null;
  /** On the button, e.g. "Enter the waiting room". */
  joinLabel: string;
  /** Says why one can't join yet, in the place of the button. */
  notYet?: ReactNode;
  /** Beside the devices: what meeting this is. */
  about: ReactNode;
  onJoin: (name: string) => void;
}

/** Before the call: devices, connection, name. Everything but the name may be skipped. */
export function Lobby({ local, probe, suggestedName, joinLabel, notYet, about, onJoin }: Props) {
  const t = useMessages(messages);
  const [name, setName] = useState(suggestedName ?? "");
  const [attempt, setAttempt] = useState(0);
  const trimmed = name.trim();
  const error =
    suggestedName === null
      ? undefined
      : trimmed === ""
        ? t("name.missing")
        : [...trimmed].length > NAME_MAX_CHARS
          ? t("name.too_long")
          : undefined;
  const shown = attempt > 0 ? error : undefined;

  function submit(event: FormEvent) {
    event.preventDefault();
    if (notYet) return;
    if (error) setAttempt((count) => count + 1);
    else onJoin(trimmed);
  }

  return (
    <>
      <ErrorSummary key={attempt} items={shown ? [{ field: "name", text: shown }] : []} />
      <div className={styles.lobby}>
        <div className={styles.about}>{about}</div>
        <section className={styles.devices} aria-labelledby="devices">
          <h2 id="devices" className={styles.heading}>
            {t("devices.heading")}
          </h2>
          <Devices local={local} />
        </section>
        <div className={styles.check}>
          <ConnectionCheck probe={probe} auto={suggestedName !== null} />
        </div>
        <form className={styles.form} onSubmit={submit} noValidate>
          {suggestedName === null ? null : (
            <TextField
              id="name"
              name="name"
              label={t("name.label")}
              hint={t("name.hint")}
              error={shown}
              autoComplete="name"
              value={name}
              onChange={(event) => setName(event.target.value)}
            />
          )}
          {notYet ?? (
            <Button type="submit" size="l" className={styles.join}>
              {joinLabel}
            </Button>
          )}
          <p className={styles.without}>{t("devices.without")}</p>
        </form>
      </div>
    </>
  );
}

/** Asks before the browser does, so that its question comes as no surprise. */
export function Devices({ local }: { local: LocalMedia }) {
  const t = useMessages(messages);
  const untouched = useStore(
    local.store,
    ({ camera, microphone }) =>
      !camera.wanted && !microphone.wanted && !camera.problem && !microphone.problem,
  );
  const [asked, setAsked] = useState(!untouched);

  useEffect(() => {
    if (asked) return;
    let gone = false;
    void alreadyAllowed().then((allowed) => {
      if (gone || !allowed) return;
      setAsked(true);
      void local.open({ microphone: true, camera: true });
    });
    return () => {
      gone = true;
    };
  }, [asked, local]);

  function open(wanted: { microphone: boolean; camera: boolean }) {
    setAsked(true);
    void local.open(wanted);
  }

  if (!asked) {
    return (
      <div className={styles.ask}>
        <p>{t("devices.ask.body")}</p>
        <div className={styles.asks}>
          <Button icon={Camera} onClick={() => open({ microphone: true, camera: true })}>
            {t("devices.ask.start")}
          </Button>
          <Button
            variant="secondary"
            icon={Mic}
            onClick={() => open({ microphone: true, camera: false })}
          >
            {t("devices.ask.microphone_only")}
          </Button>
        </div>
      </div>
    );
  }
  return (
    <>
      <Preview local={local} />
      <DeviceProblems local={local} />
      <DeviceChoice local={local} />
    </>
  );
}

/** Whether the browser would give both devices without asking; false where it doesn't tell. */
async function alreadyAllowed(): Promise<boolean> {
  try {
    const answers = await Promise.all(
      ["camera", "microphone"].map((name) =>
        // TypeScript's list of names lacks these two, which Chromium, Firefox and Safari know.
        navigator.permissions.query({ name: name as PermissionName }),
      ),
    );
    return answers.every((answer) => answer.state === "granted");
  } catch {
    return false;
  }
}
