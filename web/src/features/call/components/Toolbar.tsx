import {
  Camera,
  CameraOff,
  Ellipsis,
  Fullscreen,
  Hand,
  Keyboard,
  LayoutGrid,
  LogOut,
  MessageSquare,
  Mic,
  MicOff,
  PhoneOff,
  PictureInPicture2,
  ScreenShare,
  ScreenShareOff,
  Settings2,
  SmilePlus,
  UserRound,
  Users,
} from "lucide-react";
import {
  Button as AriaButton,
  Dialog,
  DialogTrigger,
  Header,
  Menu,
  MenuSection,
  MenuTrigger,
  Popover,
  Toolbar as AriaToolbar,
} from "react-aria-components";
import { useMessages } from "@/i18n";
import { canShareScreen } from "@/rtc";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { MenuPopover, MenuRow, MenuSeparator } from "@/ui/aria/Menu";
import {
  togglePanel,
  useCall,
  useLocal,
  useModerates,
  useMyself,
  useTools,
  useUi,
} from "../CallContext";
import { canFullScreen, toggleFullScreen, useFullScreen } from "../hooks/useFullScreen";
import { canPictureInPicture, type SmallWindow } from "../hooks/usePictureInPicture";
import { messages } from "../messages";
import type { LayoutChoice } from "../model/scene";
import { useSettings } from "../model/settings";
import { DeviceMenu } from "./DeviceMenu";
import deviceStyles from "./DeviceMenu.module.css";
import { REACTIONS } from "./reactions";
import { ToolButton } from "./ToolButton";
import toolStyles from "./ToolButton.module.css";
import styles from "./Toolbar.module.css";

/** Everything one does in a call, in one row. Arrow keys move inside it. */
export function Toolbar({ small }: { small: SmallWindow }) {
  const t = useMessages(messages);
  return (
    <AriaToolbar aria-label={t("toolbar.label")} className={styles.toolbar}>
      <Devices />
      <Share />
      <RaiseHand />
      <Reactions />
      <Panels />
      <More small={small} />
      <Leave />
    </AriaToolbar>
  );
}

function Devices() {
  const t = useMessages(messages);
  const { call } = useTools();
  const microphone = useLocal((state) => state.microphone.wanted);
  const camera = useLocal((state) => state.camera.wanted);
  return (
    <>
      <div className={styles.pair}>
        <ToolButton
          look="device"
          icon={microphone ? Mic : MicOff}
          label={t("toolbar.microphone")}
          title={t(microphone ? "toolbar.microphone_off" : "toolbar.microphone_on")}
          pressed={microphone}
          onClick={() => void call.toggleMicrophone()}
        />
        <DeviceMenu of="sound" />
      </div>
      <div className={styles.pair}>
        <ToolButton
          look="device"
          icon={camera ? Camera : CameraOff}
          label={t("toolbar.camera")}
          title={t(camera ? "toolbar.camera_off" : "toolbar.camera_on")}
          pressed={camera}
          onClick={() => void call.toggleCamera()}
        />
        <DeviceMenu of="camera" />
      </div>
    </>
  );
}

function Share() {
  const t = useMessages(messages);
  const { call } = useTools();
  const sharing = useLocal((state) => state.screen.wanted);
  const allowed = useCall((state) => state.mayPublish.screen);
  if (!canShareScreen() || !allowed) return null;
  return (
    <ToolButton
      icon={sharing ? ScreenShareOff : ScreenShare}
      label={t("toolbar.share")}
      short={t("toolbar.share_short")}
      title={t(sharing ? "stage.stop_share" : "toolbar.share_start")}
      pressed={sharing}
      onClick={() => (sharing ? call.stopShare() : void call.startShare())}
    />
  );
}

function RaiseHand() {
  const t = useMessages(messages);
  const { call } = useTools();
  const raised = Boolean(useMyself()?.hand_raised_at);
  return (
    <ToolButton
      icon={Hand}
      label={t("toolbar.hand")}
      title={t("toolbar.hand")}
      pressed={raised}
      onClick={() => call.raiseHand(!raised)}
    />
  );
}

function Reactions() {
  const t = useMessages(messages);
  const { call } = useTools();
  return (
    <DialogTrigger>
      <AriaButton className={cx(toolStyles.tool, styles.wide)} aria-label={t("toolbar.reactions")}>
        <Icon of={SmilePlus} size={1.4} />
        <span className={toolStyles.word} aria-hidden>
          {t("toolbar.reactions")}
        </span>
      </AriaButton>
      <Popover placement="top" offset={6} className={styles.reactions}>
        <Dialog aria-label={t("toolbar.reactions")} className={styles.signs}>
          {({ close }) =>
            REACTIONS.map(({ reaction, sign }) => (
              <button
                key={reaction}
                type="button"
                className={styles.sign}
                aria-label={t(`reaction.${reaction}`)}
                title={t(`reaction.${reaction}`)}
                onClick={() => {
                  call.react(reaction);
                  close();
                }}
              >
                {sign}
              </button>
            ))
          }
        </Dialog>
      </Popover>
    </DialogTrigger>
  );
}

function Panels() {
  const t = useMessages(messages);
  const { ui } = useTools();
  const panel = useUi((state) => state.panel);
  const unread = useUi((state) => state.unread);
  const waiting = useCall((state) => state.waiting.length);
  return (
    <>
      <ToolButton
        icon={MessageSquare}
        label={unread > 0 ? t("toolbar.chat_unread", { count: unread }) : t("toolbar.chat")}
        short={t("toolbar.chat")}
        title={t("toolbar.chat")}
        pressed={panel === "chat"}
        badge={unread}
        onClick={() => togglePanel(ui, "chat")}
      />
      <ToolButton
        icon={Users}
        label={waiting > 0 ? t("toolbar.people_waiting", { count: waiting }) : t("toolbar.people")}
        short={t("toolbar.people")}
        title={t("toolbar.people")}
        pressed={panel === "people"}
        badge={waiting}
        onClick={() => togglePanel(ui, "people")}
      />
    </>
  );
}

const LAYOUTS: readonly { id: LayoutChoice; icon: typeof LayoutGrid }[] = [
  { id: "auto", icon: Ellipsis },
  { id: "grid", icon: LayoutGrid },
  { id: "speaker", icon: UserRound },
];

function More({ small }: { small: SmallWindow }) {
  const t = useMessages(messages);
  const { ui } = useTools();
  const choice = useUi((state) => state.choice);
  const showSelf = useSettings((settings) => settings.showSelf);
  const full = useFullScreen();

  function act(id: string) {
    switch (id) {
      case "fullscreen":
        void toggleFullScreen();
        break;
      case "pip":
        void small.toggle();
        break;
      case "self":
        useSettings.setState({ showSelf: !showSelf });
        break;
      case "settings":
      case "shortcuts":
        ui.setState({ open: { kind: id } });
        break;
    }
  }

  return (
    <MenuTrigger>
      <AriaButton className={toolStyles.tool} aria-label={t("toolbar.more")}>
        <Icon of={Ellipsis} size={1.4} />
        <span className={toolStyles.word} aria-hidden>
          {t("toolbar.more")}
        </span>
      </AriaButton>
      <MenuPopover placement="top end">
        <Menu
          className={deviceStyles.menu}
          aria-label={t("toolbar.more")}
          onAction={(key) => act(String(key))}
        >
          <MenuSection
            selectionMode="single"
            disallowEmptySelection
            selectedKeys={[choice]}
            onSelectionChange={(keys) => {
              if (keys === "all") return;
              const chosen = LAYOUTS.find((layout) => keys.has(layout.id));
              if (chosen) ui.setState({ choice: chosen.id });
            }}
          >
            <Header className={deviceStyles.heading}>{t("layout.label")}</Header>
            {LAYOUTS.map(({ id }) => (
              <MenuRow key={id} item={{ id, label: t(`layout.${id}`) }} />
            ))}
          </MenuSection>
          <MenuSeparator />
          {canFullScreen ? (
            <MenuRow
              item={{
                id: "fullscreen",
                icon: Fullscreen,
                label: t(full ? "more.exit_fullscreen" : "more.fullscreen"),
              }}
            />
          ) : null}
          {canPictureInPicture() ? (
            <MenuRow
              item={{
                id: "pip",
                icon: PictureInPicture2,
                label: t(small.isOpen ? "more.exit_pip" : "more.pip"),
              }}
            />
          ) : null}
          <MenuRow
            item={{
              id: "self",
              icon: UserRound,
              label: t(showSelf ? "more.self_hide" : "more.self_show"),
            }}
          />
          <MenuSeparator />
          <MenuRow item={{ id: "settings", icon: Settings2, label: t("more.settings") }} />
          <MenuRow item={{ id: "shortcuts", icon: Keyboard, label: t("more.shortcuts") }} />
        </Menu>
      </MenuPopover>
    </MenuTrigger>
  );
}

function Leave() {
  const t = useMessages(messages);
  const { call, ui } = useTools();
  if (!useModerates()) {
    return (
      <ToolButton
        look="danger"
        icon={LogOut}
        label={t("leave.me")}
        short={t("toolbar.leave")}
        title={t("leave.me")}
        onClick={() => void call.leave()}
      />
    );
  }
  return (
    <MenuTrigger>
      <AriaButton
        className={cx(toolStyles.tool, toolStyles.danger)}
        aria-label={t("toolbar.leave_menu")}
      >
        <Icon of={LogOut} size={1.4} />
        <span className={toolStyles.word} aria-hidden>
          {t("toolbar.leave")}
        </span>
      </AriaButton>
      <MenuPopover placement="top end">
        <Menu
          className={deviceStyles.menu}
          aria-label={t("toolbar.leave_menu")}
          onAction={(key) => {
            if (key === "me") void call.leave();
            else ui.setState({ open: { kind: "end" } });
          }}
        >
          <MenuRow item={{ id: "me", icon: LogOut, label: t("leave.me") }} />
          <MenuSeparator />
          <MenuRow item={{ id: "all", icon: PhoneOff, label: t("leave.all"), danger: true }} />
        </Menu>
      </MenuPopover>
    </MenuTrigger>
  );
}
