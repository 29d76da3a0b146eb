// Starts the real binary on a fresh data folder, and ends it in the ways a server can end.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { waitFor } from "./wait";

const BINARY =
  process.env.SZPON_BINARY ?? path.resolve(import.meta.dirname, "../../../target/debug/szpon");

/** The address that the sandbox network gives this machine (scripts/with-sandbox-network). */
export const HOST = "10.77.0.1";
export const DEMO_PASSWORD = "Zielona-Brama-2026";

export interface ServerOptions {
  /** Extra environment, e.g. SZPON_MAIL__SMTP_URL. */
  env?: Record<string, string>;
  port?: number;
  /** Extra arguments of `szpon serve`. */
  args?: string[];
  /** HTTP on loopback alone; media as ever. */
  loopback?: boolean;
}

export class Server {
  readonly dir = mkdtempSync(path.join(tmpdir(), "szpon-e2e-"));
  readonly port: number;
  readonly mediaPort: number;
  output = "";
  private child: ChildProcess | undefined;

  private constructor(private readonly options: ServerOptions) {
    this.port = options.port ?? 8080;
    this.mediaPort = this.port + 1000;
  }

  get url(): string {
    return this.options.loopback ? this.localUrl : `http://${HOST}:${this.port}`;
  }

  /** The same server on loopback, for clients that are no browsers. */
  get localUrl(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  get metricsUrl(): string {
    return `http://127.0.0.1:${this.port + 2000}`;
  }

  get pid(): number {
    if (this.child?.pid === undefined) throw new Error("the server is not running");
    return this.child.pid;
  }

  static async start(options: ServerOptions = {}): Promise<Server> {
    const server = new Server(options);
    await server.start();
    return server;
  }

  async start(): Promise<void> {
    const child = spawn(BINARY, ["serve", "--demo", ...(this.options.args ?? [])], {
      cwd: this.dir,
      env: {
        PATH: process.env.PATH,
        SZPON_PUBLIC_URL: this.url,
        SZPON_DATA_DIR: path.join(this.dir, "data"),
        SZPON_HTTP__LISTEN: `${this.options.loopback ? "127.0.0.1" : "0.0.0.0"}:${this.port}`,
        SZPON_TELEMETRY__LISTEN: `127.0.0.1:${this.port + 2000}`,
        SZPON_SFU__LISTEN: `0.0.0.0:${this.mediaPort}`,
        SZPON_DEMO_PASSWORD: DEMO_PASSWORD,
        ...this.options.env,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    this.child = child;
    child.stdout.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    child.stderr.on("data", (chunk: Buffer) => (this.output += chunk.toString()));
    await waitFor("the server to be ready", 30_000, async () => {
      if (child.exitCode !== null) throw new Error(`the server ended:\n${this.output}`);
      return fetch(`${this.url}/readyz`).then(
        (response) => response.ok,
        () => false,
      );
    });
  }

  /** SIGTERM (a clean end that drains) or SIGKILL (the machine's plug). */
  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const child = this.child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await ended;
    this.child = undefined;
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.dir, { recursive: true, force: true });
  }
}
