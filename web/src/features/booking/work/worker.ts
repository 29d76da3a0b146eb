import { solve, type Task } from "./solve";

/** Beside the page, so that it stays quick while this counts. */
addEventListener("message", (event: MessageEvent<Task>) => {
  postMessage(solve(event.data));
});
