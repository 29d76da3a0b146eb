// A whole call without a pointer: both people use nothing but keys.

import type { Browser } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";

import { Api } from "./support/api";
import { callState, expectVideos } from "./support/call";
import { launchChromium, newPerson } from "./support/chromium";
import { pressOn, tabTo } from "./support/keyboard";
import { PEOPLE, devicesOn, inCall } from "./support/people";
import { DEMO_PASSWORD, Server } from "./support/server";
import { waitFor } from "./support/wait";

let server: Server;
let browser: Browser;

beforeAll(async () => {
  server = await Server.start({ port: 8140 });
  browser = await launchChromium({ secureOrigins: [server.url] });
});
afterAll(async () => {
  await browser.close();
  await server.dispose();
});

test("sign in, enter, admit, mute, chat, raise a hand and leave by keyboard only", async () => {
  const api = await Api.signIn(server, PEOPLE.official);
  const room = await api.createRoom({ title: "Rozmowa bez myszy" });
  const link = await api.createLink(room.id);
  const { page: official } = await newPerson(browser);
  const { page: citizen } = await newPerson(browser);

  await official.goto(`${server.url}/sign-in`);
  await tabTo(official, "Adres e-mail");
  await official.keyboard.type(PEOPLE.official);
  await tabTo(official, "Hasło");
  await official.keyboard.type(DEMO_PASSWORD);
  await official.keyboard.press("Enter");
  await official.getByRole("heading", { name: "Spotkania", level: 1 }).waitFor();
  await pressOn(official, "Wejdź do pokoju: Rozmowa bez myszy");
  await devicesOn(official);
  await pressOn(official, "Wejdź na spotkanie");
  await inCall(official);

  await citizen.goto(link);
  await devicesOn(citizen);
  await tabTo(citizen, /^Imię i nazwisko/);
  await citizen.keyboard.type("Jan Obywatelski");
  await pressOn(citizen, "Wejdź do poczekalni");
  await citizen.getByRole("heading", { name: "Poczekalnia" }).waitFor();

  await waitFor("the citizen in the waiting list", 10_000, () =>
    callState(official, (state) => state.waiting.length === 1),
  );
  await official.keyboard.press("p");
  await pressOn(official, "Wpuść: Jan Obywatelski");
  await inCall(citizen);
  await Promise.all([expectVideos(official, 1), expectVideos(citizen, 1)]);

  await citizen.keyboard.press("m");
  await waitFor("the microphone off", 5_000, () =>
    callState(citizen, (state) => !state.sources.microphone),
  );
  await citizen.keyboard.press("h");
  await waitFor("the hand", 5_000, () =>
    callState(official, (state) =>
      [...state.participants.values()].some((p) => p.hand_raised_at != null),
    ),
  );
  await citizen.keyboard.press("c");
  await tabTo(citizen, "Wiadomość do wszystkich");
  await citizen.keyboard.type("Dzień dobry, m");
  await citizen.keyboard.press("Enter");
  await waitFor("the message", 5_000, () =>
    callState(official, (state) => state.chat.some((message) => message.text === "Dzień dobry, m")),
  );
  // Typing an "m" wrote it and did not touch the microphone.
  expect(await callState(citizen, (state) => state.sources.microphone)).toBe(false);

  await citizen.keyboard.press("Escape");
  // Inside the toolbar arrows move; Tab brings one to it.
  await tabTo(citizen, "Mikrofon");
  await pressOn(citizen, /^Wyjdź/, { key: "ArrowRight", most: 20 });
  await citizen.getByRole("heading", { name: "Spotkanie opuszczone" }).waitFor();
});
