// A network namespace behind a slow and lossy link (support/impaired_link.py).

import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import path from "node:path";

export interface Impairment {
  lossPercent: number;
  delayMs: number;
  rateKbit: number;
  /** Up to so much is added to each packet's delay, and packets overtake each other. */
  jitterMs?: number;
}

export class WeakNetwork {
  private constructor(
    readonly namespace: string,
    private readonly link: ChildProcess,
  ) {}

  /** The address of the server as seen from inside. */
  static readonly SERVER = "10.77.0.1";

  static async create(impairment: Impairment, namespace = "weak"): Promise<WeakNetwork> {
    execFileSync("ip", ["netns", "add", namespace]);
    const link = spawn(
      "/usr/bin/python3",
      [
        path.join(import.meta.dirname, "impaired_link.py"),
        namespace,
        "10.78.0.1",
        "10.78.0.2",
        String(impairment.lossPercent),
        String(impairment.delayMs),
        String(impairment.rateKbit),
      ],
      { stdio: ["pipe", "pipe", "inherit"] },
    );
    await new Promise<void>((resolve, reject) => {
      link.stdout!.once("data", () => resolve());
      link.once("exit", (code) => reject(new Error(`the link ended with ${code}`)));
    });
    return new WeakNetwork(namespace, link);
  }

  change(impairment: Impairment): void {
    const { lossPercent, delayMs, rateKbit, jitterMs = 0 } = impairment;
    this.link.stdin!.write(`${lossPercent} ${delayMs} ${rateKbit} ${jitterMs}\n`);
  }

  /** Gives the namespace another address, as when a telephone leaves the Wi-Fi. */
  changeAddress(address: string): void {
    const ip = (...args: string[]) => execFileSync("ip", ["-n", this.namespace, ...args]);
    ip("address", "flush", "dev", "weak1");
    ip("address", "add", `${address}/24`, "dev", "weak1");
    ip("route", "replace", "default", "via", "10.78.0.1");
  }

  /** Refuses TCP to one port of the server, in both directions, as a broken proxy would. */
  block({ tcpPort }: { tcpPort: number }): void {
    const nft = (...args: string[]) => execFileSync("nft", args);
    nft("add", "table", "ip", "szpon_test");
    nft("add", "chain", "ip", "szpon_test", "input", "{ type filter hook input priority 0; }");
    const ports = ["iifname", "weak0", "tcp", "dport", String(tcpPort)];
    nft("add", "rule", "ip", "szpon_test", "input", ...ports, "drop");
  }

  unblock(): void {
    execFileSync("nft", ["delete", "table", "ip", "szpon_test"]);
  }

  async dispose(): Promise<void> {
    const ended = new Promise((resolve) => this.link.once("exit", resolve));
    this.link.stdin!.end();
    await ended;
    execFileSync("ip", ["netns", "delete", this.namespace]);
  }
}
