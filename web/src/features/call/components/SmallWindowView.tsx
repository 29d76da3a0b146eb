import { LogOut, Mic, MicOff } from "lucide-react";
import { createPortal } from "react-dom";
import { useMessages } from "@/i18n";
import { useCall, useLocal, useTools, useUi } from "../CallContext";
import { messages } from "../messages";
import { compose } from "../model/scene";
import styles from "./SmallWindowView.module.css";
import { Tile } from "./Tile";
import { ToolButton } from "./ToolButton";

/** The window on top: whoever matters most now, the microphone, and the way out. */
export function SmallWindowView({ container }: { container: HTMLElement }) {
  const t = useMessages(messages);
  const { call } = useTools();
  const participants = useCall((state) => state.participants);
  const you = useCall((state) => state.you);
  const { pinned, activeSpeaker } = useUi((state) => state);
  const microphone = useLocal((state) => state.microphone.wanted);
  const scene = compose({
    people: [...participants.values()],
    you,
    choice: "speaker",
    pinned,
    activeSpeaker,
    showSelf: false,
    page: 0,
    gridCapacity: 1,
    stripCapacity: 0,
  });
  const shown = scene.stage ?? scene.tiles[0];
  return createPortal(
    <div className={styles.small}>
      <div className={styles.picture}>{shown ? <Tile tile={shown} staged /> : null}</div>
      <div className={styles.tools}>
        <ToolButton
          look="device"
          icon={microphone ? Mic : MicOff}
          label={t("toolbar.microphone")}
          pressed={microphone}
          onClick={() => void call.toggleMicrophone()}
        />
        <ToolButton
          look="danger"
          icon={LogOut}
          label={t("leave.me")}
          short={t("toolbar.leave")}
          onClick={() => void call.leave()}
        />
      </div>
    </div>,
    container,
  );
}
