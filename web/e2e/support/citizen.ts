// A citizen as the booking service's API sees one: no account, a proof of work, a code by mail.

import { createHash } from "node:crypto";

import type { components } from "../../src/api/generated/schema";
import { codeFor } from "./booking";
import type { Server } from "./server";
import type { SmtpServer } from "./smtp";

type Schemas = components["schemas"];
type Appointment = Schemas["CitizenAppointment"];

/** A slot that somebody wants. */
export interface Wish {
  office: string;
  matter: string;
  form: Schemas["Form"];
  start: string;
  official?: string;
}

export class Citizen {
  /** Mails with codes that went to this address. */
  private codes = 0;

  constructor(
    private readonly server: Server,
    private readonly smtp: SmtpServer,
    readonly email: string,
    readonly name = "Jan Obywatelski",
  ) {}

  /** `path` below `/booking/v1/public`. */
  async post<T>(path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.server.url}/booking/v1/public${path}`, {
      method: "POST",
      ...(body === undefined
        ? {}
        : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  /** A slot that is kept; its secret. */
  async hold(wish: Wish): Promise<string> {
    const proof = await this.prove();
    const held = await this.post<Schemas["Held"]>("/holds", { ...wish, proof });
    return held.secret;
  }

  /** An appointment; its secret. `answers` are those to the matter's questions. */
  async book(wish: Wish, answers: Schemas["Answer"][] = []): Promise<string> {
    const secret = await this.hold(wish);
    await this.confirm(secret, await this.askForCode(secret), answers);
    return secret;
  }

  /** Has a code sent and reads it. */
  async askForCode(secret: string): Promise<string> {
    await this.post("/holds/code", { secret, email: this.email, language: "pl" });
    this.codes += 1;
    return codeFor(this.smtp, this.email, this.codes);
  }

  confirm(secret: string, code: string, answers: Schemas["Answer"][] = []): Promise<Appointment> {
    return this.post("/holds/confirm", {
      secret,
      code,
      answers,
      name: this.name,
      phone: "600 100 200",
      language: "pl",
      notice_read: true,
    });
  }

  /** A place on the waiting list, not confirmed yet; its secret. */
  async wait(wish: Omit<Wish, "start">, from: string, to: string): Promise<string> {
    const { office, matter, form } = wish;
    const joined = await this.post<Schemas["WaitingJoined"]>("/waiting", {
      office,
      matter,
      forms: [form],
      from_date: from,
      to_date: to,
      name: this.name,
      email: this.email,
      language: "pl",
      notice_read: true,
      proof: await this.prove(),
    });
    this.codes += 1;
    return joined.secret;
  }

  view(secret: string): Promise<Appointment> {
    return this.post("/appointments/view", { secret });
  }

  move(secret: string, start: string): Promise<Appointment> {
    return this.post("/appointments/move", { secret, start });
  }

  cancel(secret: string): Promise<Appointment> {
    return this.post("/appointments/cancel", { secret });
  }

  private async prove(): Promise<Schemas["WorkSolution"]> {
    const { max_number, ...challenge } = await this.post<Schemas["WorkChallenge"]>("/challenges");
    for (let number = 0; number <= max_number; number += 1) {
      const hash = createHash("sha256").update(`${challenge.salt}${number}`).digest("hex");
      if (hash === challenge.challenge) return { ...challenge, number };
    }
    throw new Error("the challenge has no solution");
  }
}
