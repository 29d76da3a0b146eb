import { ChevronUp } from "lucide-react";
import { Button, Header, Menu, MenuSection, MenuTrigger } from "react-aria-components";
import { type Translate, useMessages } from "@/i18n";
import type { Device, Processing } from "@/rtc";
import { Icon } from "@/ui/Icon";
import { MenuPopover, MenuRow, MenuSeparator } from "@/ui/aria/Menu";
import { useLocal, useTools } from "../CallContext";
import { type CallTexts, messages } from "../messages";
import styles from "./DeviceMenu.module.css";

type Kind = "microphone" | "speaker" | "camera";

const DEFAULT = "default-device";
const PROCESSING: readonly (keyof Processing)[] = [
  "noiseSuppression",
  "echoCancellation",
  "autoGainControl",
];

/** The small arrow beside a device's button: which one, during the call. */
export function DeviceMenu({ of }: { of: "sound" | "camera" }) {
  const t = useMessages(messages);
  const { local } = useTools().call;
  const { microphones, speakers, cameras, chosen, processing } = useLocal((state) => state);
  const label = t(of === "sound" ? "toolbar.sound_devices" : "toolbar.camera_devices");

  return (
    <MenuTrigger>
      <Button className={styles.arrow} aria-label={label}>
        <Icon of={ChevronUp} size={1} />
      </Button>
      <MenuPopover placement="top">
        <Menu className={styles.menu} aria-label={label}>
          {of === "camera" ? (
            <Choice
              t={t}
              kind="camera"
              devices={cameras}
              chosen={chosen.camera}
              onChoose={(id) => void local.chooseCamera(id)}
            />
          ) : (
            <>
              <Choice
                t={t}
                kind="microphone"
                devices={microphones}
                chosen={chosen.microphone}
                onChoose={(id) => void local.chooseMicrophone(id)}
              />
              {speakers.length > 0 ? (
                <>
                  <MenuSeparator />
                  <Choice
                    t={t}
                    kind="speaker"
                    devices={speakers}
                    chosen={chosen.speaker}
                    onChoose={(id) => local.chooseSpeaker(id)}
                  />
                </>
              ) : null}
              <MenuSeparator />
              <MenuSection
                selectionMode="multiple"
                selectedKeys={PROCESSING.filter((key) => processing[key])}
                onSelectionChange={(keys) => {
                  if (keys === "all") return;
                  void local.setProcessing(
                    Object.fromEntries(PROCESSING.map((key) => [key, keys.has(key)])),
                  );
                }}
              >
                <Header className={styles.heading}>{t("devices.processing")}</Header>
                {PROCESSING.map((key) => (
                  <MenuRow key={key} item={{ id: key, label: t(`devices.${key}`) }} />
                ))}
              </MenuSection>
            </>
          )}
        </Menu>
      </MenuPopover>
    </MenuTrigger>
  );
}

interface ChoiceProps {
  t: Translate<CallTexts>;
  kind: Kind;
  devices: readonly Device[];
  chosen: string | null;
  onChoose: (id: string | null) => void;
}

function Choice({ t, kind, devices, chosen, onChoose }: ChoiceProps) {
  return (
    <MenuSection
      selectionMode="single"
      disallowEmptySelection
      selectedKeys={[`${kind}:${chosen ?? DEFAULT}`]}
      onSelectionChange={(keys) => {
        if (keys === "all") return;
        const [key] = keys;
        const id = String(key).slice(kind.length + 1);
        onChoose(id === DEFAULT ? null : id);
      }}
    >
      <Header className={styles.heading}>{t(`devices.${kind}`)}</Header>
      {/* Two kinds may share an id (a headset does), and a menu's keys must differ. */}
      <MenuRow item={{ id: `${kind}:${DEFAULT}`, label: t("devices.default") }} />
      {devices.map((device, index) => (
        <MenuRow
          key={device.id}
          item={{
            id: `${kind}:${device.id}`,
            label: device.label || t(`devices.${kind}_n`, { number: index + 1 }),
          }}
        />
      ))}
    </MenuSection>
  );
}
