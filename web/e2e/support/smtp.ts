// A real SMTP server on loopback (support/smtp_server.py) and what it received.

import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { waitFor } from "./wait";

/** See support/smtp_server.py. */
export type Trouble = "451" | "550" | "die" | "lose" | "wait";

export class SmtpServer {
  readonly folder = mkdtempSync(path.join(tmpdir(), "szpon-smtp-"));
  private child: ChildProcess | undefined;

  constructor(readonly port: number) {}

  get url(): string {
    return `smtp://127.0.0.1:${this.port}`;
  }

  async start(): Promise<void> {
    const script = path.join(import.meta.dirname, "smtp_server.py");
    const child = spawn("/usr/bin/python3", [script, String(this.port), this.folder], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    this.child = child;
    await new Promise<void>((resolve, reject) => {
      child.stdout.once("data", () => resolve());
      child.once("exit", (code) => reject(new Error(`the SMTP server ended with ${code}`)));
    });
  }

  /** From now on every message fails like this, or is taken again. */
  trouble(kind: Trouble | null): void {
    const file = path.join(this.folder, "trouble");
    if (kind === null) {
      rmSync(file, { force: true });
      return;
    }
    // There all at once: the server may read it at any moment.
    writeFileSync(`${file}.new`, kind);
    renameSync(`${file}.new`, file);
  }

  /** From now on every message is refused for the time being, or taken again. */
  refuse(on: boolean): void {
    this.trouble(on ? "451" : null);
  }

  /** How many messages to an address failed like this. */
  failures(kind: Trouble, address: string): number {
    const file = path.join(this.folder, "failed");
    const lines = existsSync(file) ? readFileSync(file, "utf8").split("\n") : [];
    return lines.filter((line) => line === `${kind} ${address}`).length;
  }

  /** Raw messages to an address, in the order of arrival. */
  messagesTo(address: string): string[] {
    return readdirSync(this.folder)
      .filter((name) => name.endsWith(".eml"))
      .sort()
      .filter((name) =>
        readFileSync(path.join(this.folder, name.replace(".eml", ".to")), "utf8")
          .split("\n")
          .includes(address),
      )
      .map((name) => readFileSync(path.join(this.folder, name), "utf8"));
  }

  async waitForMessage(address: string, count = 1, ms = 20_000): Promise<string> {
    const found = await waitFor(`message ${count} to ${address}`, ms, () => {
      const messages = this.messagesTo(address);
      return messages.length >= count ? messages : null;
    });
    return found[count - 1]!;
  }

  /** From now on connections are refused, until the next {@link start}. What came stays. */
  async stop(): Promise<void> {
    const child = this.child;
    this.child = undefined;
    if (!child || child.exitCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.stdin!.end();
    await ended;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
