import { Volume2 } from "lucide-react";
import { useState } from "react";
import { useStore } from "zustand";
import { type Translate, useMessages } from "@/i18n";
import type { Device, LocalMedia } from "@/rtc";
import { Button } from "@/ui/Button";
import { Select } from "@/ui/Field";
import type pl from "../i18n/pl.json";
import { messages } from "../messages";
import styles from "./DeviceChoice.module.css";
import { LevelMeter } from "./LevelMeter";

type Kind = "camera" | "microphone" | "speaker";

/** Labels of devices; before permission the browser keeps them to itself. */
export function deviceOptions(
  t: Translate<typeof pl>,
  kind: Kind,
  devices: readonly Device[],
): { value: string; label: string }[] {
  return devices.map((device, index) => ({
    value: device.id,
    label: device.label || t(`devices.${kind}_n`, { number: index + 1 }),
  }));
}

/** Camera, microphone with its level, speaker with a test sound. */
export function DeviceChoice({ local }: { local: LocalMedia }) {
  const t = useMessages(messages);
  const state = useStore(local.store);
  const byDefault = { value: "", label: t("devices.default") };
  const choice = (kind: Kind, devices: readonly Device[]) => [
    byDefault,
    ...deviceOptions(t, kind, devices),
  ];
  return (
    <div className={styles.devices}>
      <Select
        label={t("devices.camera")}
        options={choice("camera", state.cameras)}
        value={state.chosen.camera ?? ""}
        onChange={(event) => void local.chooseCamera(event.target.value || null)}
      />
      <div className={styles.group}>
        <Select
          label={t("devices.microphone")}
          options={choice("microphone", state.microphones)}
          value={state.chosen.microphone ?? ""}
          onChange={(event) => void local.chooseMicrophone(event.target.value || null)}
        />
        <LevelMeter local={local} on={state.microphone.status === "on"} />
      </div>
      <div className={styles.group}>
        {state.speakers.length > 0 ? (
          <Select
            label={t("devices.speaker")}
            options={choice("speaker", state.speakers)}
            value={state.chosen.speaker ?? ""}
            onChange={(event) => local.chooseSpeaker(event.target.value || null)}
          />
        ) : null}
        <TestSound local={local} />
      </div>
    </div>
  );
}

function TestSound({ local }: { local: LocalMedia }) {
  const t = useMessages(messages);
  const [state, setState] = useState<"idle" | "playing" | "played" | "failed">("idle");
  return (
    <div className={styles.sound}>
      <Button
        variant="secondary"
        size="s"
        icon={Volume2}
        onClick={() => {
          if (state === "playing") return;
          setState("playing");
          void local.playTestTone().then((played) => setState(played ? "played" : "failed"));
        }}
      >
        {t("devices.test_sound")}
      </Button>
      <p className={styles.soundState} role="status">
        {state === "idle" ? "" : t(`devices.test_sound_${state}`)}
      </p>
    </div>
  );
}
