// A real SMTP server on loopback (support/smtp_server.py) and what it received.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { waitFor } from "./wait";

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

  /** From now on every message is refused for the time being, or taken again. */
  refuse(on: boolean): void {
    const flag = path.join(this.folder, "refuse");
    if (on) writeFileSync(flag, "");
    else rmSync(flag, { force: true });
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

  async dispose(): Promise<void> {
    const child = this.child;
    if (child && child.exitCode === null) {
      const ended = new Promise((resolve) => child.once("exit", resolve));
      child.stdin!.end();
      await ended;
    }
    rmSync(this.folder, { recursive: true, force: true });
  }
}
