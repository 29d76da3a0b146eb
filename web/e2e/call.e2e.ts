// An official, a citizen and an interpreter talk: the whole path through the pages.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { Api } from "./support/api";
import {
  callState,
  diagnostics,
  expectFrames,
  expectSound,
  expectVideos,
  incomingVideos,
  longestGap,
} from "./support/call";
import { PHONE, type Person, launchChromium, newPerson } from "./support/chromium";
import {
  PEOPLE,
  actOn,
  button,
  carrySession,
  devicesOn,
  enterWaitingRoom,
  inCall,
  joinAsGuest,
  joinAsStaff,
  openPanel,
  signIn,
  unexpectedErrors,
} from "./support/people";
import { DEMO_PASSWORD, Server } from "./support/server";
import { waitFor } from "./support/wait";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.start();
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
});

test("a citizen and an official meet: sign-in, link, waiting room, call, end", async () => {
  const official = await newPerson(browser);
  const citizen = await newPerson(browser, { viewport: PHONE });

  await signIn(official.page, server, PEOPLE.official, DEMO_PASSWORD);
  await button(official.page, "Rozpocznij teraz").click();
  const dialog = official.page.getByRole("dialog");
  await dialog.getByLabel("Temat").fill("Dowód osobisty");
  await dialog.getByRole("button", { name: "Rozpocznij" }).click();
  const link = await waitFor("the guest link", 10_000, async () => {
    const field = dialog.getByLabel("Adres");
    return (await field.count()) ? field.inputValue() : null;
  });
  expect(link).toMatch(/\/j#[\w-]{22,}$/);
  await dialog.getByRole("link", { name: "Wejdź do pokoju" }).click();
  await devicesOn(official.page);
  await button(official.page, "Wejdź na spotkanie").click();
  await inCall(official.page);

  await enterWaitingRoom(citizen.page, link, "Jan Obywatelski");
  await citizen.page.getByText("Jesteś następną osobą w kolejce").waitFor();

  await openPanel(official.page, "Ludzie");
  await button(official.page, "Napisz do: Jan Obywatelski").click();
  await official.page.getByLabel("Treść wiadomości").fill("Zaraz zaczynamy");
  await official.page.getByRole("dialog").getByRole("button", { name: "Wyślij" }).click();
  await citizen.page.getByText("Zaraz zaczynamy").waitFor();

  await button(official.page, "Wpuść: Jan Obywatelski").click();
  await inCall(citizen.page);
  await Promise.all([expectVideos(official.page, 1), expectVideos(citizen.page, 1)]);
  await Promise.all([expectSound(official.page), expectSound(citizen.page)]);

  await openPanel(citizen.page, "Czat");
  await citizen.page.getByLabel("Wiadomość do wszystkich").fill("Dzień dobry!");
  await citizen.page.keyboard.press("Enter");
  await openPanel(official.page, "Czat");
  await official.page.getByText("Dzień dobry!").first().waitFor();

  await button(official.page, "Wyjdź albo zakończ").click();
  await official.page.getByRole("menuitem", { name: "Zakończ dla wszystkich" }).click();
  await official.page
    .getByRole("alertdialog")
    .getByRole("button", { name: "Zakończ dla wszystkich" })
    .click();
  await citizen.page.getByRole("heading", { name: "Spotkanie zakończone" }).waitFor();
  expect(unexpectedErrors([official, citizen])).toEqual([]);
  await official.context.close();
  await citizen.context.close();
});

describe("three people in a room", () => {
  let official: Person;
  let citizen: Person;
  let interpreter: Person;
  let room: string;

  const idOf = (person: Person, name: string): Promise<string | undefined> =>
    person.page.evaluate(
      (wanted) =>
        [
          ...(
            globalThis as unknown as {
              szponCall: {
                store: {
                  getState(): { participants: Map<string, { id: string; name: string }> };
                };
              };
            }
          ).szponCall.store
            .getState()
            .participants.values(),
        ].find((participant) => participant.name === wanted)?.id,
      name,
    );

  beforeAll(async () => {
    const api = await Api.signIn(server, PEOPLE.official);
    room = (await api.createRoom({ waiting_room: false })).id;
    official = await newPerson(browser);
    citizen = await newPerson(browser);
    interpreter = await newPerson(browser);
    await carrySession(official, api);
    await joinAsStaff(official.page, server, room);
    await joinAsGuest(citizen.page, await api.createLink(room), "Jan Obywatelski");
    await joinAsGuest(
      interpreter.page,
      await api.createLink(room, "interpreter"),
      "Olena Tłumaczka",
    );
  }, 120_000);
  afterAll(async () => {
    for (const person of [official, citizen, interpreter]) await person.context.close();
  });

  test("each sees and hears the others", async () => {
    const pages = [official.page, citizen.page, interpreter.page];
    await Promise.all(pages.map((page) => expectVideos(page, 2)));
    await Promise.all(pages.map((page) => expectSound(page)));
    const figures = await diagnostics(official.page);
    expect(figures?.path).toBe("udp");
  });

  test("a layer switch goes without a freeze of a second", async () => {
    const jan = (await idOf(official, "Jan Obywatelski"))!;
    const layerOfJan = async () =>
      (await incomingVideos(official.page)).find(
        (video) => video.participant === jan && video.source === "camera",
      )?.layer ?? null;
    // One camera is enough here, and leaves the machine the time to encode its large layers.
    await button(official.page, "Kamera").click();
    await button(interpreter.page, "Kamera").click();
    await official.page.setViewportSize({ width: 480, height: 500 });
    await waitFor("the smallest layer", 30_000, async () => (await layerOfJan()) === 0);

    const gap = await longestGap(
      official.page,
      { participant: jan, source: "camera" },
      async () => {
        await official.page.setViewportSize({ width: 1280, height: 800 });
        await waitFor("a larger layer", 40_000, async () => ((await layerOfJan()) ?? 0) > 0);
        await official.page.setViewportSize({ width: 480, height: 500 });
        await waitFor("the smallest layer again", 30_000, async () => (await layerOfJan()) === 0);
      },
      2_000,
    );
    await official.page.setViewportSize({ width: 1280, height: 800 });
    expect(gap).toBeLessThan(1_000);
  });

  test("a screen appears for the others, and takes no picture away for a second", async () => {
    const jan = (await idOf(official, "Jan Obywatelski"))!;
    const gap = await longestGap(
      official.page,
      { participant: jan, source: "camera" },
      async () => {
        await button(citizen.page, "Udostępnij ekran").click();
        await expectFrames(official.page, "screen", 10);
      },
      2_000,
    );
    const screen = await expectFrames(official.page, "screen", 5);
    expect(screen.participant).toBe(jan);
    expect(screen.frameWidth).toBeGreaterThanOrEqual(640);
    expect(gap).toBeLessThan(1_000);
  });

  test("a moderator stops the share, mutes, and the muted one comes back", async () => {
    await actOn(official.page, "Jan Obywatelski", "Zatrzymaj udostępnianie");
    await waitFor(
      "no screen",
      10_000,
      async () => !(await incomingVideos(official.page)).some((video) => video.source === "screen"),
    );
    await actOn(official.page, "Jan Obywatelski", "Wycisz");
    await citizen.page
      .getByText(/wyłączył\(a\) Twój mikrofon/)
      .first()
      .waitFor();
    expect(await callState(citizen.page, (state) => state.sources.microphone)).toBe(false);
    await button(citizen.page, "Mikrofon").click();
    await waitFor("the microphone on again", 10_000, () =>
      callState(citizen.page, (state) => state.sources.microphone),
    );
    await waitFor("the others to know", 10_000, () =>
      callState(official.page, (state) =>
        [...state.participants.values()].some(
          (p) => p.name === "Jan Obywatelski" && p.sources.microphone,
        ),
      ),
    );
  });

  test("hands and reactions are seen", async () => {
    await button(citizen.page, "Podnieś rękę").click();
    await waitFor("the hand", 10_000, () =>
      callState(official.page, (state) =>
        [...state.participants.values()].some(
          (p) => p.name === "Jan Obywatelski" && p.hand_raised_at !== null,
        ),
      ),
    );
    await actOn(official.page, "Jan Obywatelski", "Opuść rękę");
    await waitFor("the hand down", 10_000, () =>
      callState(citizen.page, (state) =>
        [...state.participants.values()].every((p) => p.hand_raised_at == null),
      ),
    );
  });

  test("who is removed is out and can't come back by the same link", async () => {
    const jan = (await idOf(official, "Jan Obywatelski"))!;
    await actOn(official.page, "Jan Obywatelski", "Usuń ze spotkania");
    const dialog = official.page.getByRole("dialog");
    await dialog.getByLabel("Powód").fill("Pomyłka");
    await dialog.getByRole("button", { name: "Usuń" }).click();
    await citizen.page.getByRole("heading", { name: "Prowadzący zakończył Twój udział" }).waitFor();
    await waitFor(
      "no picture of the removed",
      10_000,
      async () => !(await incomingVideos(official.page)).some((v) => v.participant === jan),
    );
    expect(unexpectedErrors([official, interpreter])).toEqual([]);
  });
});
