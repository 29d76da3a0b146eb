// Calls routes by what the OpenAPI document says of them, in ways that it allows and in ways that it
// forbids, with schemathesis: a program that nobody here wrote.

import { spawn } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { pythonProgram } from "./python";
import type { Server } from "./server";

/** Who calls. Without both, nobody in particular. */
export interface Caller {
  /** The value of a session cookie. */
  cookie?: string;
  /** A bearer token. */
  token?: string;
  /** The id of a person who doesn't change themselves. */
  self?: string;
}

/** Values for the dictionaries of schemathesis.toml. */
export type Things = Record<string, string[]>;

/** Runs it with arguments besides those settings; all that it printed when something was wrong. */
export async function schemathesis(
  server: Server,
  caller: Caller,
  things: Things,
  args: string[],
): Promise<string> {
  const config = path.join(server.dir, "schemathesis.toml");
  writeFileSync(config, settings(things));
  const child = spawn(
    pythonProgram("schemathesis"),
    ["--config-file", config, "run", `${server.url}/api/openapi.json`, "--no-color", ...args],
    {
      cwd: server.dir,
      env: {
        PATH: process.env.PATH,
        PYTHONDONTWRITEBYTECODE: "1",
        SZPON_URL: server.url,
        SZPON_COOKIE: caller.cookie ?? "",
        SZPON_TOKEN: caller.token ?? "",
        SZPON_SELF: caller.self ?? "",
      },
      stdio: ["ignore", "pipe", "pipe"],
    },
  );
  let output = "";
  child.stdout.on("data", (chunk: Buffer) => (output += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  return code === 0 ? "" : output;
}

function settings(things: Things): string {
  const folder = import.meta.dirname;
  const values: Record<string, unknown> = {
    ...things,
    hooks: path.join(folder, "schemathesis_hooks.py"),
  };
  const text = readFileSync(path.join(folder, "schemathesis.toml"), "utf8");
  return text.replace(/= \{(\w+)\}| = \{ values = \{(\w+)\} \}/g, (_, one: string, many: string) =>
    one ? `= ${JSON.stringify(values[one])}` : ` = { values = ${JSON.stringify(values[many])} }`,
  );
}
