// Layers in one stream (SVC): a browser publishes them once, and another gets as much of them as it
// shows.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";

import { decodesAt, publishLayers, show, watchSized } from "./support/outside";
import { StreamStage } from "./support/stage";

let stage: StreamStage;

beforeAll(async () => {
  stage = await StreamStage.start(8180);
});
afterEach(async () => stage.closePages());
afterAll(async () => stage.dispose());

test.each([
  // A keyframe is needed on the way up, and nothing on the way down.
  { codec: "VP9", mode: "L3T3_KEY", size: { width: 1280, height: 720 }, smallest: 320 },
  { codec: "AV1", mode: "L2T2", size: { width: 640, height: 360 }, smallest: 320 },
])("$codec $mode: the layer follows the tile", async ({ codec, mode, size, smallest }) => {
  const { server } = stage;
  const publisher = await stage.newPage();
  const viewer = await stage.newPage();
  await publishLayers(publisher, `${server.url}/whip/${codec}`, codec, mode, size);
  await watchSized(viewer, `${server.url}/whep/${codec}`);
  const small = { width: smallest, height: (smallest * 9) / 16 };
  await show(viewer, small);
  await decodesAt(viewer, small.width, 20, 30_000);
  await show(viewer, size);
  await decodesAt(viewer, size.width, 20, 30_000);
  await show(viewer, small);
  await decodesAt(viewer, small.width, 20, 5_000);
  expect(server.output).not.toContain("panicked");
});
