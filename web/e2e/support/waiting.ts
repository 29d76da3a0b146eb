// A place on the waiting list, as a citizen's browser takes it: work, a code by mail, and the code given
// back. The mails lie in the server's own mailbox.

import { createHash } from "node:crypto";

import type { components } from "../../src/api/generated/schema";
import { Api } from "./api";
import { publicOffice } from "./booking";
import { PEOPLE } from "./people";
import type { Server } from "./server";
import { waitFor } from "./wait";

type Schemas = components["schemas"];

async function post<T>(server: Server, path: string, body?: unknown): Promise<T> {
  const response = await fetch(`${server.url}/booking/v1/public/${path}`, {
    method: "POST",
    ...(body === undefined
      ? {}
      : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
  });
  if (!response.ok) throw new Error(`${path}: ${response.status} ${await response.text()}`);
  return (await response.json()) as T;
}

function solve({ max_number: max, ...kept }: Schemas["WorkChallenge"]): Schemas["WorkSolution"] {
  for (let number = 0; number <= max; number += 1) {
    const hash = createHash("sha256").update(`${kept.salt}${number}`).digest("hex");
    if (hash === kept.challenge) return { ...kept, number };
  }
  throw new Error("the challenge has no solution");
}

/** Somebody waits for this matter from now on, for any hour of the days given. */
export async function joinWaitingList(
  server: Server,
  wish: Pick<
    Schemas["JoinWaiting"],
    "matter" | "forms" | "from_date" | "to_date" | "name" | "email"
  >,
): Promise<void> {
  const office = (await publicOffice(server)).id;
  const proof = solve(await post<Schemas["WorkChallenge"]>(server, "challenges"));
  const joined = await post<Schemas["WaitingJoined"]>(server, "waiting", {
    ...wish,
    office,
    language: "pl",
    notice_read: true,
    proof,
  });
  const operator = await Api.signIn(server, PEOPLE.operator);
  const code = await waitFor("the code for the waiting list", 20_000, async () => {
    const mails = await operator.call<Schemas["MailSummary"][]>("GET", "/api/v1/operator/mailbox");
    const mail = mails.find(({ to }) => to === wish.email);
    if (!mail) return undefined;
    const { text } = await operator.call<Schemas["MailContent"]>(
      "GET",
      `/api/v1/operator/mailbox/${mail.id}`,
    );
    return /\b\d{6}\b/.exec(text)?.[0];
  });
  await post(server, "waiting/confirm", { secret: joined.secret, code });
}
