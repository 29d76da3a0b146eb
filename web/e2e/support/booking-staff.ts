// Booking's API as officials call it: arranging appointments that a page under test then shows.

import type { components } from "../../src/api/generated/schema";
import { Api } from "./api";
import type { Server } from "./server";

type Schemas = components["schemas"];
type Form = Schemas["Form"];

const TOKEN_MS = 5 * 60_000;

/** One official or administrator of the demo office. */
export class BookingStaff {
  private issued: { token: string; at: number } | undefined;

  private constructor(
    readonly api: Api,
    readonly person: string,
    private readonly base: string,
  ) {}

  static async signIn(server: Server, email: string): Promise<BookingStaff> {
    const api = await Api.signIn(server, email);
    const me = await api.call<Schemas["Me"]>("GET", "/api/v1/me");
    return new BookingStaff(api, me.id, server.url);
  }

  /** Tokens live ten minutes, and the tests of all pages take longer. */
  private async token(): Promise<string> {
    if (!this.issued || Date.now() - this.issued.at > TOKEN_MS) {
      const { token } = await this.api.call<Schemas["IssuedToken"]>("POST", "/api/v1/tokens", {
        audience: "booking",
      });
      this.issued = { token, at: Date.now() };
    }
    return this.issued.token;
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.base}/booking/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.token()}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  matters(): Promise<Schemas["Matter"][]> {
    return this.call("GET", "/matters");
  }

  officials(): Promise<Schemas["Official"][]> {
    return this.call("GET", "/officials");
  }

  appointment(id: string): Promise<Schemas["Appointment"]> {
    return this.call("GET", `/appointments/${id}`);
  }

  /** The n-th free slot (from 0) with this official, from a day on. */
  async slot(matter: string, form: Form, n = 0, from = ""): Promise<Schemas["Slot"]> {
    const page = await this.call<Schemas["SlotPage"]>(
      "GET",
      `/matters/${matter}/slots?form=${form}&official=${this.person}&limit=${n + 1}` +
        (from ? `&from=${from}` : ""),
    );
    const slot = page.slots[n];
    if (!slot) throw new Error(`there are only ${page.slots.length} free slots`);
    return slot;
  }

  /** Books with this official; what the matter asks is answered with the first choice. */
  book(
    matter: Schemas["Matter"],
    slot: Schemas["Slot"],
    details: Partial<Schemas["BookForCaller"]> = {},
  ): Promise<Schemas["Appointment"]> {
    return this.call("POST", "/appointments", {
      matter: matter.id,
      form: "in_person",
      start: slot.start,
      official: this.person,
      name: "Jan Obywatelski",
      language: "pl",
      answers: (matter.details.questions ?? [])
        .filter((question) => question.required)
        .map((question) => ({ key: question.key, value: "0" })),
      ...details,
    });
  }
}
