// Encoders and players that are no browsers: aiortc (support/whip_client.py).

import { type ChildProcess, spawn } from "node:child_process";
import path from "node:path";

import { PYTHON } from "./python";
import { waitFor } from "./wait";

interface Counts {
  frames: number;
  sounds: number;
  width: number;
  height: number;
}

export class Aiortc {
  /** All that the connection was, oldest first. */
  private readonly states: string[] = ["new"];
  counts: Counts = { frames: 0, sounds: 0, width: 0, height: 0 };
  /** True, or the status of a refusal, once the session was deleted. */
  deleted: boolean | number | undefined;
  private trouble = "";
  private rest = "";

  private constructor(private readonly child: ChildProcess) {
    child.stdout!.on("data", (chunk: Buffer) => this.read(chunk.toString()));
    child.stderr!.on("data", (chunk: Buffer) => (this.trouble += chunk.toString()));
  }

  static publish(url: string, token?: string): Promise<Aiortc> {
    return Aiortc.start("publish", url, token);
  }

  static watch(url: string, token?: string): Promise<Aiortc> {
    return Aiortc.start("watch", url, token);
  }

  private static async start(mode: string, url: string, token?: string): Promise<Aiortc> {
    const script = path.join(import.meta.dirname, "whip_client.py");
    const child = spawn(PYTHON, [script, mode, url, ...(token ? [token] : [])], {
      stdio: ["pipe", "pipe", "pipe"],
    });
    const client = new Aiortc(child);
    await client.becomes("connected");
    return client;
  }

  /** Waits until the connection is, or was, in this state. */
  async becomes(state: string): Promise<void> {
    await waitFor(`aiortc to be ${state}`, 20_000, () => {
      const was = this.states.includes(state);
      if (!was && this.child.exitCode !== null) {
        throw new Error(`aiortc ended as ${this.states.join(", ")}:\n${this.trouble}`);
      }
      return was;
    });
  }

  /** Decodes so many more pictures, and sound beside them. */
  async decodes(frames: number): Promise<Counts> {
    const before = { ...this.counts };
    await waitFor(`aiortc to decode ${frames} frames`, 20_000, () => {
      const { counts } = this;
      return counts.frames >= before.frames + frames && counts.sounds > before.sounds;
    });
    return this.counts;
  }

  private read(chunk: string): void {
    const lines = (this.rest + chunk).split("\n");
    this.rest = lines.pop() ?? "";
    for (const line of lines) {
      const said = JSON.parse(line) as Partial<Counts> & {
        state?: string;
        deleted?: boolean | number;
      };
      if (said.state !== undefined) this.states.push(said.state);
      else if (said.deleted !== undefined) this.deleted = said.deleted;
      else this.counts = said as Counts;
    }
  }

  /** Ends the session properly. */
  async dispose(): Promise<void> {
    if (this.child.exitCode !== null) return;
    const ended = new Promise((resolve) => this.child.once("exit", resolve));
    this.child.stdin!.end();
    await ended;
  }
}
