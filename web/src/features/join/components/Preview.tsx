import { Camera, CameraOff, Mic, MicOff } from "lucide-react";
import { useEffect, useRef } from "react";
import { useStore } from "zustand";
import { useMessages } from "@/i18n";
import type { LocalMedia } from "@/rtc";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { Spinner } from "@/ui/Spinner";
import { messages } from "../messages";
import styles from "./Preview.module.css";

/** The person's own picture, as in a mirror, with the two switches under it. */
export function Preview({ local }: { local: LocalMedia }) {
  const t = useMessages(messages);
  const camera = useStore(local.store, (state) => state.camera);
  const microphone = useStore(local.store, (state) => state.microphone);
  const video = useRef<HTMLVideoElement>(null);

  useEffect(() => {
    if (video.current) video.current.srcObject = camera.stream;
  }, [camera.stream]);

  return (
    <div className={styles.frame}>
      <video
        ref={video}
        className={styles.video}
        hidden={camera.status !== "on"}
        autoPlay
        playsInline
        muted
        aria-label={t("devices.preview")}
      />
      {camera.status === "on" ? null : (
        <p className={styles.off}>
          {camera.status === "starting" ? (
            <Spinner size={1.75} />
          ) : (
            <Icon of={CameraOff} size={2} />
          )}
          {t(camera.status === "starting" ? "devices.camera_starting" : "devices.camera_off")}
        </p>
      )}
      <div className={styles.switches}>
        <button
          type="button"
          className={cx(styles.switch, !microphone.wanted && styles.switchedOff)}
          aria-pressed={microphone.wanted}
          onClick={() => void local.setMicrophone(!microphone.wanted)}
        >
          <Icon of={microphone.wanted ? Mic : MicOff} />
          {t("devices.microphone")}
        </button>
        <button
          type="button"
          className={cx(styles.switch, !camera.wanted && styles.switchedOff)}
          aria-pressed={camera.wanted}
          onClick={() => void local.setCamera(!camera.wanted)}
        >
          <Icon of={camera.wanted ? Camera : CameraOff} />
          {t("devices.camera")}
        </button>
      </div>
    </div>
  );
}
