import { Hand, MicOff, Pin, PinOff, ScreenShare, Unplug } from "lucide-react";
import { useEffect, useRef } from "react";
import { commonMessages, useMessages } from "@/i18n";
import { type Participant, videoKey } from "@/rtc";
import { cx } from "@/ui/cx";
import { Icon } from "@/ui/Icon";
import { togglePin, useCall, useLocal, usePerson, useTools, useUi } from "../CallContext";
import { useTileView } from "../hooks/useView";
import { messages } from "../messages";
import { sameTile, type TileSpec } from "../model/scene";
import { useSettings } from "../model/settings";
import { Avatar } from "./Avatar";
import { QualityMark } from "./QualityMark";
import { signOf } from "./reactions";
import styles from "./Tile.module.css";

interface Props {
  tile: TileSpec;
  /** On the stage: served before the others, and fitted rather than cropped. */
  staged?: boolean;
  /** Small: only what matters most is written on it. */
  small?: boolean;
}

/** One person's camera or screen. */
export function Tile({ tile, staged = false, small = false }: Props) {
  const person = usePerson(tile.participant);
  if (!person) return null;
  return <Known tile={tile} person={person} staged={staged} small={small} />;
}

function Known({ tile, person, staged, small }: Required<Props> & { person: Participant }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const { ui } = useTools();
  const you = useCall((state) => state.you);
  const mine = person.id === you;
  const screen = tile.source === "screen";
  const pinned = useUi((state) => sameTile(state.pinned, tile));
  const speaking = useCall((state) =>
    state.speakers.some((speaker) => speaker.participant === person.id),
  );
  const quality = useCall((state) => state.quality.get(person.id));
  const reaction = useCall((state) => state.reactions.get(person.id));
  const name = mine ? t("tile.named_you", { name: person.name }) : person.name;
  const silent = !person.sources.microphone;

  return (
    <figure
      className={cx(
        styles.tile,
        staged && styles.staged,
        small && styles.small,
        speaking && !screen && !silent && styles.speaking,
      )}
      aria-label={t(screen ? "tile.screen_of" : "tile.camera_of", { name })}
    >
      {mine && !screen ? (
        <Mirror person={person} />
      ) : (
        <Remote tile={tile} person={person} staged={staged} />
      )}
      {reaction && !screen ? (
        <span key={reaction.serial} className={styles.reaction} aria-hidden>
          {signOf(reaction.reaction)}
        </span>
      ) : null}
      <figcaption className={styles.caption}>
        {screen ? <Icon of={ScreenShare} size={1} /> : null}
        {!screen && silent ? <Icon of={MicOff} size={1} label={t("tile.muted")} /> : null}
        {!screen && person.hand_raised_at ? (
          <span className={styles.hand}>
            <Icon of={Hand} size={1} label={t("tile.hand")} />
          </span>
        ) : null}
        <span className={styles.name}>{screen ? t("tile.screen_of", { name }) : name}</span>
        {person.role === "interpreter" && !screen ? (
          <span className={styles.role}>{common("room_role.interpreter")}</span>
        ) : null}
        {quality && quality !== "good" ? <QualityMark quality={quality} /> : null}
        {speaking && !silent && !screen ? (
          <span className="visually-hidden">{t("tile.speaking")}</span>
        ) : null}
      </figcaption>
      {person.connected ? null : (
        <p className={styles.away}>
          <Icon of={Unplug} />
          {small ? <span className="visually-hidden">{t("tile.away")}</span> : t("tile.away")}
        </p>
      )}
      {mine && !screen ? null : (
        <button
          type="button"
          className={cx(styles.pin, pinned && styles.pinned)}
          aria-pressed={pinned}
          aria-label={t("tile.pin", { name: screen ? t("tile.screen_of", { name }) : name })}
          title={t(pinned ? "tile.unpin" : "tile.pin", { name })}
          onClick={() => togglePin(ui, tile)}
        >
          <Icon of={pinned ? PinOff : Pin} size={1.1} />
        </button>
      )}
    </figure>
  );
}

function Remote({
  tile,
  person,
  staged,
}: {
  tile: TileSpec;
  person: Participant;
  staged: boolean;
}) {
  const t = useMessages(messages);
  const box = useRef<HTMLDivElement>(null);
  const video = useRef<HTMLVideoElement>(null);
  const wanted = person.sources[tile.source];
  const remote = useCall((state) => state.videos.get(videoKey(tile.participant, tile.source)));
  const flowing = wanted && remote !== undefined && remote.layer !== null;
  useTileView(box, tile, staged, wanted);

  useEffect(() => {
    const element = video.current;
    const stream = remote?.stream ?? null;
    if (element && element.srcObject !== stream) element.srcObject = stream;
  }, [remote?.stream]);

  return (
    <div ref={box} className={styles.picture}>
      <video
        ref={video}
        className={cx(styles.video, !flowing && styles.dark)}
        data-main={staged || undefined}
        autoPlay
        playsInline
        muted
        aria-hidden
      />
      {flowing ? null : (
        <div className={styles.placeholder}>
          {tile.source === "camera" ? (
            <Avatar id={person.id} name={person.name} size="l" />
          ) : (
            <Icon of={ScreenShare} size={3} />
          )}
          {wanted && remote && staged ? <p>{t("tile.no_video")}</p> : null}
        </div>
      )}
    </div>
  );
}

function Mirror({ person }: { person: Participant }) {
  const camera = useLocal((state) => state.camera);
  const mirror = useSettings((settings) => settings.mirror);
  const video = useRef<HTMLVideoElement>(null);
  useEffect(() => {
    if (video.current) video.current.srcObject = camera.stream;
  }, [camera.stream]);
  const on = camera.status === "on" && camera.stream !== null;
  return (
    <div className={styles.picture}>
      <video
        ref={video}
        className={cx(styles.video, mirror && styles.mirrored, !on && styles.dark)}
        autoPlay
        playsInline
        muted
        aria-hidden
      />
      {on ? null : (
        <div className={styles.placeholder}>
          <Avatar id={person.id} name={person.name} size="l" />
        </div>
      )}
    </div>
  );
}
