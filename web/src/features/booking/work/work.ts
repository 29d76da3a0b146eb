import { ApiProblem } from "@/api/problem";
import type { Task } from "./solve";

/** Works on a challenge in a Web Worker of our own files. @throws {ApiProblem} when it has no answer */
export async function workOn(task: Task, signal: AbortSignal): Promise<number> {
  const number = await inWorker(task, signal);
  if (number === null) throw new ApiProblem({ code: "proof_invalid", status: 0 });
  return number;
}

function inWorker(task: Task, signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
    const end = () => worker.terminate();
    signal.addEventListener("abort", () => {
      end();
      reject(new DOMException("Aborted", "AbortError"));
    });
    worker.addEventListener("message", (event: MessageEvent<number | null>) => {
      end();
      resolve(event.data);
    });
    worker.addEventListener("error", () => {
      end();
      // Its file didn't arrive.
      reject(ApiProblem.unreachable());
    });
    worker.postMessage(task);
  });
}
