import { Volume2 } from "lucide-react";
import { useMessages } from "@/i18n";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { useCall, useLocal, useModerates, useTools, useUi } from "../CallContext";
import { messages } from "../messages";
import styles from "./Banners.module.css";

/** What one must know now, above the pictures. */
export function Banners() {
  const t = useMessages(messages);
  const { call, ui } = useTools();
  const lost = useCall((state) => state.phase === "reconnecting");
  const mediaOnly = useCall((state) => state.signalling === "up");
  const audioBlocked = useCall((state) => state.audioBlocked);
  const taken = useUi((state) => state.taken);
  const speaking = useUi((state) => state.speakingWhileMuted);
  const sharing = useLocal((state) => state.screen.status === "on");
  const poor = useCall((state) =>
    state.you === null ? false : state.quality.get(state.you) === "poor" && state.sources.camera,
  );
  const hide = (
    <Button
      variant="secondary"
      size="s"
      onClick={() => ui.setState({ taken: null, speakingWhileMuted: false })}
    >
      {t("banner.dismiss")}
    </Button>
  );
  return (
    <div className={styles.banners}>
      <div role="alert">
        {lost ? (
          <Notice slim tone="warn" title={t("banner.reconnecting.title")}>
            {t(mediaOnly ? "banner.media.body" : "banner.reconnecting.body")}
          </Notice>
        ) : null}
        {audioBlocked ? (
          <Notice
            slim
            tone="warn"
            actions={
              <Button icon={Volume2} onClick={() => void call.resumeAudio()}>
                {t("banner.audio_click")}
              </Button>
            }
          >
            {t("banner.audio_blocked")}
          </Notice>
        ) : null}
        {taken ? (
          <Notice slim tone="info" actions={hide}>
            {t(`banner.taken.${taken.source}`, { name: taken.byName })}
          </Notice>
        ) : null}
      </div>
      <div role="status">
        {speaking ? (
          <Notice
            slim
            tone="info"
            actions={
              <>
                <Button size="s" onClick={() => void call.toggleMicrophone()}>
                  {t("toolbar.microphone_on")}
                </Button>
                {hide}
              </>
            }
          >
            {t("banner.speaking_muted")}
          </Notice>
        ) : null}
        {poor ? (
          <Notice slim tone="warn">
            {t("banner.quality_poor")}
          </Notice>
        ) : null}
        {sharing ? (
          <Notice
            slim
            tone="info"
            actions={
              <Button variant="danger" size="s" onClick={() => call.stopShare()}>
                {t("stage.stop_share")}
              </Button>
            }
          >
            {t("stage.you_share")}
          </Notice>
        ) : null}
        <Knock />
      </div>
    </div>
  );
}

/** Someone is at the door; hidden while the list of people is open, which shows it better. */
function Knock() {
  const t = useMessages(messages);
  const { call, ui } = useTools();
  const waiting = useCall((state) => state.waiting);
  const panel = useUi((state) => state.panel);
  const moderator = useModerates();
  const [first] = waiting;
  if (!moderator || !first || panel === "people") return null;
  const show = (
    <Button variant="secondary" size="s" onClick={() => ui.setState({ panel: "people" })}>
      {t("waiting.show")}
    </Button>
  );
  return waiting.length === 1 ? (
    <Notice
      slim
      tone="info"
      actions={
        <>
          <Button
            size="s"
            aria-label={t("waiting.admit_name", { name: first.name })}
            onClick={() => call.admit(first.id)}
          >
            {t("waiting.admit")}
          </Button>
          {show}
        </>
      }
    >
      {t("waiting.banner_one_name", { name: first.name })}
    </Notice>
  ) : (
    <Notice slim tone="info" actions={show}>
      {t("waiting.banner", { count: waiting.length })}
    </Notice>
  );
}
