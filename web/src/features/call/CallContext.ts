import { createContext, use } from "react";
import { useStore } from "zustand";
import { createStore, type StoreApi } from "zustand/vanilla";
import type {
  Call,
  CallState,
  LocalMediaState,
  Participant,
  ParticipantId,
  WaitingPerson,
} from "@/rtc";
import type { Announcer } from "./model/announcer";
import { moderates } from "./model/people";
import type { LayoutChoice, TileSpec } from "./model/scene";

export type PanelName = "chat" | "people";

/** A question or form above the call. */
export type Open =
  | { kind: "settings" }
  | { kind: "shortcuts" }
  | { kind: "end" }
  | { kind: "remove"; person: Participant }
  | { kind: "refuse"; person: WaitingPerson }
  /** null: to everyone who waits. */
  | { kind: "write"; person: WaitingPerson | null };

/** What this window shows of the call; the call itself knows nothing of it. */
export interface Ui {
  panel: PanelName | null;
  choice: LayoutChoice;
  pinned: TileSpec | null;
  page: number;
  activeSpeaker: ParticipantId | null;
  /** Chat messages of others since the chat was last open. */
  unread: number;
  open: Open | null;
  /** Sources that a moderator has just switched off; a notice says so until it is hidden. */
  taken: { byName: string; source: "microphone" | "camera" | "screen" } | null;
  speakingWhileMuted: boolean;
}

export function createUi(): StoreApi<Ui> {
  return createStore<Ui>(() => ({
    panel: null,
    choice: "auto",
    pinned: null,
    page: 0,
    activeSpeaker: null,
    unread: 0,
    open: null,
    taken: null,
    speakingWhileMuted: false,
  }));
}

export interface CallTools {
  call: Call;
  ui: StoreApi<Ui>;
  announcer: Announcer;
}

export const CallContext = createContext<CallTools | null>(null);

export function useTools(): CallTools {
  const tools = use(CallContext);
  if (!tools) throw new Error("outside of a call");
  return tools;
}

export function useCall<T>(selector: (state: CallState) => T): T {
  return useStore(useTools().call.store, selector);
}

export function useUi<T>(selector: (state: Ui) => T): T {
  return useStore(useTools().ui, selector);
}

export function useLocal<T>(selector: (state: LocalMediaState) => T): T {
  return useStore(useTools().call.local.store, selector);
}

export function useMyself(): Participant | undefined {
  return useCall((state) => (state.you === null ? undefined : state.participants.get(state.you)));
}

export function useModerates(): boolean {
  return moderates(useMyself()?.role);
}

export function usePerson(id: ParticipantId): Participant | undefined {
  return useCall((state) => state.participants.get(id));
}

/** Opens a panel, or closes it when it is open. */
export function togglePanel(ui: StoreApi<Ui>, panel: PanelName): void {
  ui.setState((state) => {
    const next = state.panel === panel ? null : panel;
    return { panel: next, unread: next === "chat" ? 0 : state.unread };
  });
}

export function togglePin(ui: StoreApi<Ui>, tile: TileSpec): void {
  ui.setState(({ pinned }) => {
    const same = pinned?.participant === tile.participant && pinned.source === tile.source;
    return { pinned: same ? null : tile };
  });
}
