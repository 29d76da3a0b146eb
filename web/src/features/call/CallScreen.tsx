import { useCallback, useEffect, useState } from "react";
import { I18nProvider } from "react-aria-components";
import { LOCALES, useLanguage } from "@/i18n";
import type { Call } from "@/rtc";
import { SkipLink } from "@/ui/SkipLink";
import { createUi, useUi } from "./CallContext";
import styles from "./CallScreen.module.css";
import { Banners } from "./components/Banners";
import { CallHeader } from "./components/CallHeader";
import { ChatPanel } from "./components/ChatPanel";
import { Dialogs } from "./components/Dialogs";
import { Live } from "./components/Live";
import { PeoplePanel } from "./components/PeoplePanel";
import { SmallWindowView } from "./components/SmallWindowView";
import { Stage } from "./components/Stage";
import { Toolbar } from "./components/Toolbar";
import { useActiveSpeaker } from "./hooks/useActiveSpeaker";
import { useCallEvents } from "./hooks/useCallEvents";
import { usePictureInPicture } from "./hooks/usePictureInPicture";
import { useShortcuts } from "./hooks/useShortcuts";
import { ViewProvider } from "./hooks/useView";

/** The room itself: pictures, controls, chat and people. */
export default function CallScreen({ call }: { call: Call }) {
  const [ui] = useState(createUi);
  const language = useLanguage();

  // Menus and dialogs stand beside the page in the document, so the dark colours go to its root.
  useEffect(() => {
    document.documentElement.dataset.surface = "call";
    return () => {
      delete document.documentElement.dataset.surface;
    };
  }, []);

  return (
    <I18nProvider locale={LOCALES[language]}>
      <Live call={call} ui={ui}>
        <ViewProvider call={call}>
          <Room />
        </ViewProvider>
      </Live>
    </I18nProvider>
  );
}

function Room() {
  useActiveSpeaker();
  useCallEvents();
  useShortcuts();
  const panel = useUi((state) => state.panel);
  const mainVideo = useCallback(
    () =>
      document.querySelector<HTMLVideoElement>("video[data-main]") ??
      document.querySelector<HTMLVideoElement>("main video"),
    [],
  );
  const small = usePictureInPicture(mainVideo);

  return (
    <div className={styles.call}>
      <SkipLink target="call-tools" />
      <CallHeader />
      <main className={styles.main}>
        <Banners />
        <div className={styles.middle}>
          <Stage />
          {panel === "chat" ? <ChatPanel /> : null}
          {panel === "people" ? <PeoplePanel /> : null}
        </div>
        <div id="call-tools" tabIndex={-1} className={styles.tools}>
          <Toolbar small={small} />
        </div>
      </main>
      <Dialogs />
      {small.container ? <SmallWindowView container={small.container} /> : null}
    </div>
  );
}
