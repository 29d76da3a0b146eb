import { Camera, CameraOff, Ellipsis, Hand, Mic, MicOff, ScreenShare } from "lucide-react";
import { useMemo, useState } from "react";
import { commonMessages, useLanguage, useMessages } from "@/i18n";
import type { Participant } from "@/rtc";
import { Badge } from "@/ui/Badge";
import { Button } from "@/ui/Button";
import { TextField } from "@/ui/Field";
import { Icon } from "@/ui/Icon";
import { type Item, MenuButton } from "@/ui/aria/Menu";
import { Switch } from "@/ui/aria/Switch";
import { toast } from "@/ui/Toasts";
import { togglePin, useCall, useModerates, useTools, useUi } from "../CallContext";
import { messages } from "../messages";
import { handQueue, listed } from "../model/people";
import { Avatar } from "./Avatar";
import { Panel } from "./Panel";
import styles from "./PeoplePanel.module.css";
import { QualityMark } from "./QualityMark";
import { WaitingList } from "./WaitingList";

/** From here on a list is searched rather than read. */
const MANY = 12;

export function PeoplePanel() {
  const t = useMessages(messages);
  const language = useLanguage();
  const moderator = useModerates();
  const participants = useCall((state) => state.participants);
  const [wanted, setWanted] = useState("");
  const people = useMemo(() => listed(participants.values(), language), [participants, language]);
  const hands = useMemo(() => handQueue(participants.values()), [participants]);
  const needle = wanted.trim().toLocaleLowerCase(language);
  const found = people.filter((person) => person.name.toLocaleLowerCase(language).includes(needle));

  return (
    <Panel title={t("people.title")}>
      <div className={styles.body}>
        {moderator ? <WaitingList /> : null}
        <section aria-labelledby="in-meeting">
          <h3 id="in-meeting" className={styles.heading}>
            {t("people.in_meeting")} <span className={styles.count}>({people.length})</span>
          </h3>
          {people.length >= MANY ? (
            <TextField
              type="search"
              label={t("people.search")}
              value={wanted}
              onChange={(event) => setWanted(event.target.value)}
            />
          ) : null}
          <ul role="list" className={styles.people}>
            {found.map((person) => (
              <Person key={person.id} person={person} hand={hands.indexOf(person.id) + 1} />
            ))}
          </ul>
        </section>
        {moderator ? <Moderation /> : null}
      </div>
    </Panel>
  );
}

function Person({ person, hand }: { person: Participant; hand: number }) {
  const t = useMessages(messages);
  const common = useMessages(commonMessages);
  const mine = useCall((state) => state.you) === person.id;
  const quality = useCall((state) => state.quality.get(person.id));
  return (
    <li className={styles.person}>
      <Avatar id={person.id} name={person.name} />
      <div className={styles.who}>
        <p className={styles.name}>
          {mine ? t("tile.named_you", { name: person.name }) : person.name}
        </p>
        <p className={styles.marks}>
          {person.role === "participant" ? null : (
            <Badge tone="info">{common(`room_role.${person.role}`)}</Badge>
          )}
          {person.guest ? <Badge>{t("tile.guest")}</Badge> : null}
          {hand > 0 ? (
            <Badge tone="warn" icon={Hand}>
              <span aria-hidden>{hand}</span>
              <span className="visually-hidden">{t("people.hand_n", { number: hand })}</span>
            </Badge>
          ) : null}
          {person.connected ? null : <span className={styles.soft}>{t("tile.away")}</span>}
          {quality && quality !== "good" && person.connected ? (
            <QualityMark quality={quality} words />
          ) : null}
        </p>
      </div>
      <div className={styles.devices}>
        {person.sources.screen ? <Icon of={ScreenShare} label={t("people.sharing")} /> : null}
        {quality === "good" ? <QualityMark quality={quality} /> : null}
        <Icon
          of={person.sources.microphone ? Mic : MicOff}
          label={t(person.sources.microphone ? "people.microphone_on" : "tile.muted")}
        />
        <Icon
          of={person.sources.camera ? Camera : CameraOff}
          label={t(person.sources.camera ? "people.camera_on" : "people.camera_off")}
        />
      </div>
      {mine ? null : <Actions person={person} />}
    </li>
  );
}

function Actions({ person }: { person: Participant }) {
  const t = useMessages(messages);
  const { call, ui } = useTools();
  const moderator = useModerates();
  const pinned = useUi((state) => state.pinned);
  const isPinned = pinned?.participant === person.id && pinned.source === "camera";

  const { sources, role } = person;
  const items: Item[] = [{ id: "pin", label: t(isPinned ? "people.unpin" : "people.pin") }];
  if (moderator) {
    if (sources.microphone) items.push({ id: "mute", label: t("people.mute") });
    if (sources.camera) items.push({ id: "stop_camera", label: t("people.stop_camera") });
    if (sources.screen) items.push({ id: "stop_share", label: t("people.stop_share") });
    if (person.hand_raised_at) items.push({ id: "lower_hand", label: t("people.lower_hand") });
    if (role !== "host") {
      // Only colleagues may run a meeting; a guest has no account to answer for it.
      if (role !== "co_host" && !person.guest) {
        items.push({ id: "co_host", label: t("people.make_co_host") });
      }
      if (role !== "participant") {
        items.push({ id: "participant", label: t("people.make_participant") });
      }
      if (role !== "interpreter") {
        items.push({ id: "interpreter", label: t("people.make_interpreter") });
      }
      items.push({ id: "remove", label: t("people.remove"), danger: true });
    }
  }

  function act(id: string) {
    switch (id) {
      case "pin":
        togglePin(ui, { participant: person.id, source: "camera" });
        break;
      case "mute":
        call.mute(person.id);
        break;
      case "stop_camera":
        call.stopCameraOf(person.id);
        break;
      case "stop_share":
        call.stopShareOf(person.id);
        break;
      case "lower_hand":
        call.lowerHand(person.id);
        break;
      case "co_host":
      case "participant":
      case "interpreter":
        call.setRole(person.id, id);
        break;
      case "remove":
        ui.setState({ open: { kind: "remove", person } });
        break;
    }
  }

  return (
    <MenuButton
      label={t("people.actions_for", { name: person.name })}
      icon={Ellipsis}
      items={items}
      onAction={act}
      className={styles.menu}
    />
  );
}

function Moderation() {
  const t = useMessages(messages);
  const { call } = useTools();
  const room = useCall((state) => state.room);
  if (!room) return null;
  return (
    <section aria-labelledby="moderation">
      <h3 id="moderation" className={styles.heading}>
        {t("people.moderation")}
      </h3>
      <div className={styles.moderation}>
        <Button
          variant="secondary"
          size="s"
          icon={MicOff}
          onClick={() => {
            call.muteAll();
            toast(t("people.muted_everyone"), "info");
          }}
        >
          {t("people.mute_all")}
        </Button>
        <Switch on={room.locked} onChange={(on) => call.lock(on)}>
          {t("people.lock")}
        </Switch>
        <Switch on={room.waitingRoom} onChange={(on) => call.setWaitingRoom(on)}>
          {t("people.waiting_room")}
        </Switch>
      </div>
    </section>
  );
}
