/** Single keys for what one does often. They can be switched off (WCAG 2.1, 2.1.4). */

export type Shortcut =
  "microphone" | "camera" | "share" | "hand" | "chat" | "people" | "layout" | "fullscreen" | "help";

export const SHORTCUTS: readonly { key: string; does: Shortcut }[] = [
  { key: "m", does: "microphone" },
  { key: "v", does: "camera" },
  { key: "s", does: "share" },
  { key: "h", does: "hand" },
  { key: "c", does: "chat" },
  { key: "p", does: "people" },
  { key: "l", does: "layout" },
  { key: "f", does: "fullscreen" },
  { key: "?", does: "help" },
];

/** Where a key means a letter, or finds something in a list. */
const TAKES_KEYS =
  'input:not([type="checkbox"], [type="radio"], [type="button"]), textarea, select, [contenteditable="true"], [role="menu"], [role="listbox"], [role="dialog"], [role="alertdialog"], dialog';

type Pressed = Pick<
  KeyboardEvent,
  "key" | "ctrlKey" | "altKey" | "metaKey" | "repeat" | "isComposing" | "target"
>;

export function shortcutOf(event: Pressed): Shortcut | null {
  if (event.ctrlKey || event.altKey || event.metaKey || event.repeat || event.isComposing) {
    return null;
  }
  if (event.target instanceof Element && event.target.closest(TAKES_KEYS)) return null;
  const key = event.key.toLowerCase();
  return SHORTCUTS.find((shortcut) => shortcut.key === key)?.does ?? null;
}
