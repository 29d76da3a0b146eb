import { expect, it } from "vitest";
import { SHORTCUTS, shortcutOf } from "./shortcuts";

function press(key: string, target: EventTarget | null = document.body, more = {}) {
  return shortcutOf({
    key,
    target,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    repeat: false,
    isComposing: false,
    ...more,
  });
}

it("knows its keys, whatever their case", () => {
  expect(press("m")).toBe("microphone");
  expect(press("M")).toBe("microphone");
  expect(press("?")).toBe("help");
  expect(press("x")).toBeNull();
  expect(new Set(SHORTCUTS.map((one) => one.key)).size).toBe(SHORTCUTS.length);
});

it("leaves the browser's and the person's own keys alone", () => {
  for (const more of [{ ctrlKey: true }, { altKey: true }, { metaKey: true }, { repeat: true }]) {
    expect(press("m", document.body, more)).toBeNull();
  }
});

it("means a letter wherever one types or searches a list", () => {
  document.body.innerHTML =
    '<textarea></textarea><input><select></select><div role="menu"><i></i></div><div role="dialog"><button></button></div><button id="b"></button>';
  for (const selector of ["textarea", "input", "select", "i", "[role=dialog] button"]) {
    expect(press("m", document.querySelector(selector)), selector).toBeNull();
  }
  expect(press("m", document.querySelector("#b"))).toBe("microphone");
});
