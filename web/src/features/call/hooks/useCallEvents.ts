import { useEffect } from "react";
import { useProblemText } from "@/api/problem";
import { chime } from "@/features/join/model/chime";
import { commonMessages, useMessages } from "@/i18n";
import type { CallEvent } from "@/rtc";
import { toast } from "@/ui/Toasts";
import { useTools } from "../CallContext";
import { messages } from "../messages";
import { useSettings } from "../model/settings";
import { ApiProblem } from "@/api/problem";

/** Chat is read out in short; the whole is in the panel. */
const READ_CHARS = 140;

/** Turns what happens in the call into announcements, toasts, counts and sounds. */
export function useCallEvents(): void {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const problemText = useProblemText();
  const { call, ui, announcer } = useTools();

  useEffect(() => {
    const { say } = announcer;
    function handle(event: CallEvent): void {
      const { announce, sounds } = useSettings.getState();
      switch (event.type) {
        case "joined":
          if (announce.people) say(t("event.joined", { name: event.participant.name }));
          break;
        case "left": {
          const { name } = event.participant;
          const key =
            event.reason === "left" ? "event.left" : (`event.left_${event.reason}` as const);
          if (announce.people) say(t(key, { name }));
          break;
        }
        case "chat":
          if (event.mine) break;
          if (ui.getState().panel !== "chat") {
            ui.setState(({ unread }) => ({ unread: unread + 1 }));
          }
          if (announce.chat) {
            const text = [...event.message.text].slice(0, READ_CHARS).join("");
            say(t("event.chat", { name: event.message.from_name, text }));
          }
          break;
        case "hand": {
          const mine = event.participant.id === call.store.getState().you;
          const { name } = event.participant;
          if (mine) say(t(event.raised ? "event.hand_mine_up" : "event.hand_mine_down"), "my-hand");
          else if (announce.hands)
            say(t(event.raised ? "event.hand_up" : "event.hand_down", { name }));
          break;
        }
        case "waiting_arrived":
          if (announce.waiting) say(t("event.waiting", { name: event.person.name }));
          if (sounds) chime("waiting");
          break;
        case "sources_taken": {
          const source = event.taken.find((one) => one !== "screen_audio");
          if (source) ui.setState({ taken: { byName: event.byName, source } });
          break;
        }
        case "share_started":
        case "share_stopped":
          if (announce.people) say(t(`event.${event.type}`, { name: event.participant.name }));
          break;
        case "role_changed": {
          const role = common(`room_role.${event.participant.role}`);
          if (event.mine) toast(t("event.role_mine", { role }), "info");
          else if (announce.people) say(t("event.role", { name: event.participant.name, role }));
          break;
        }
        case "refusal":
          toast(problemText(new ApiProblem({ code: event.code, status: 0 })), "bad");
          break;
        case "not_sent":
          toast(t("event.not_sent"), "warn");
          break;
        case "device":
          // Closing the picker of screens is an answer, not a problem.
          if (event.source === "screen" && event.problem === "dismissed") break;
          toast(
            t(`device.${event.source === "screen_audio" ? "screen" : event.source}`, {
              problem: t(`device_problem.${event.problem}`),
            }),
            "warn",
          );
          break;
        case "speaking_while_muted":
          ui.setState({ speakingWhileMuted: true });
          break;
        case "reconnected":
          toast(t("event.reconnected"), "good");
          break;
        case "note":
        case "reacted":
        case "reconnecting":
          // Shown by the state itself.
          break;
      }
    }
    return call.subscribe(handle);
  }, [call, ui, announcer, t, common, problemText]);

  // Who speaks is read out at most as often as the picture changes, and only in company.
  useEffect(
    () =>
      ui.subscribe((state, former) => {
        if (state.activeSpeaker === former.activeSpeaker || state.activeSpeaker === null) return;
        const { participants } = call.store.getState();
        const person = participants.get(state.activeSpeaker);
        if (!person || participants.size < 3 || !useSettings.getState().announce.speakers) return;
        announcer.say(t("event.speaks", { name: person.name }), "speaker");
      }),
    [call, ui, announcer, t],
  );

  // Muting oneself by a key needs an answer that can be heard.
  useEffect(
    () =>
      call.store.subscribe(({ sources }, { sources: former }) => {
        if (sources.microphone !== former.microphone) {
          announcer.say(
            t(sources.microphone ? "event.microphone_on" : "event.microphone_off"),
            "my-microphone",
          );
          if (sources.microphone) ui.setState({ speakingWhileMuted: false });
        }
        if (sources.camera !== former.camera) {
          announcer.say(t(sources.camera ? "event.camera_on" : "event.camera_off"), "my-camera");
        }
      }),
    [call, ui, announcer, t],
  );
}
