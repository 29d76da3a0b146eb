// A call through a bad network keeps going.

import { expect, test } from "vitest";

import { Api } from "./support/api";
import { diagnostics, expectSound, expectVideos, incomingVideos } from "./support/call";
import { launchChromium, newPerson } from "./support/chromium";
import { PEOPLE, carrySession, joinAsGuest, joinAsStaff } from "./support/people";
import { Server } from "./support/server";
import { WeakNetwork } from "./support/weak_network";

test("5% loss, 50 ms each way and 1 Mbit/s: both go on decoding", async () => {
  const server = await Server.start({ port: 8100 });
  const network = await WeakNetwork.create({ lossPercent: 0, delayMs: 50, rateKbit: 20_000 });
  const near = await launchChromium({ secureOrigins: [server.url] });
  const far = await launchChromium({
    secureOrigins: [server.url],
    namespace: network.namespace,
  });
  try {
    const api = await Api.signIn(server, PEOPLE.official);
    const room = (await api.createRoom({ waiting_room: false })).id;
    const official = await newPerson(near);
    const citizen = await newPerson(far);
    await carrySession(official, api);
    await joinAsStaff(official.page, server, room);
    await joinAsGuest(citizen.page, await api.createLink(room), "Jan Obywatelski");
    await Promise.all([expectVideos(official.page, 1), expectVideos(citizen.page, 1)]);

    network.change({ lossPercent: 5, delayMs: 50, rateKbit: 1_000 });
    await official.page.waitForTimeout(10_000);
    const frames = async () => {
      const [atOfficial, atCitizen] = await Promise.all(
        [official, citizen].map(async ({ page }) =>
          (await incomingVideos(page)).reduce((sum, video) => sum + video.framesDecoded, 0),
        ),
      );
      return { atOfficial: atOfficial!, atCitizen: atCitizen! };
    };
    const before = await frames();
    await official.page.waitForTimeout(20_000);
    const after = await frames();
    const figures = await diagnostics(citizen.page);
    console.log(
      `frames/s through the weak link: to the citizen ${(after.atCitizen - before.atCitizen) / 20}, ` +
        `from the citizen ${(after.atOfficial - before.atOfficial) / 20}; rtt ${figures?.rttMs} ms`,
    );
    // The fake camera gives 20 frames/s. Half of it, averaged over 20 s, is a call that goes on.
    expect((after.atCitizen - before.atCitizen) / 20).toBeGreaterThan(10);
    expect((after.atOfficial - before.atOfficial) / 20).toBeGreaterThan(10);
    await Promise.all([expectSound(official.page), expectSound(citizen.page)]);
  } finally {
    await near.close();
    await far.close();
    await network.dispose();
    await server.dispose();
  }
});
