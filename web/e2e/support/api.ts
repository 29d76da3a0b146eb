// The REST API as a test needs it: arranging things quickly that a page under test then uses.

import type { components } from "../../src/api/generated/schema";
import { DEMO_PASSWORD, type Server } from "./server";

type Schemas = components["schemas"];

/** One signed-in person of the demo office. */
export class Api {
  private constructor(
    private readonly base: string,
    private readonly cookie: string,
  ) {}

  static async signIn(server: Server, email: string): Promise<Api> {
    const response = await fetch(`${server.url}/api/v1/session`, {
      method: "POST",
      headers: { "content-type": "application/json", origin: server.url },
      body: JSON.stringify({ email, password: DEMO_PASSWORD }),
    });
    if (!response.ok) throw new Error(`sign-in of ${email}: ${await response.text()}`);
    const cookie = response.headers.getSetCookie()[0]?.split(";")[0];
    if (!cookie) throw new Error("sign-in set no cookie");
    return new Api(server.url, cookie);
  }

  async call<T>(method: string, path: string, body?: unknown): Promise<T> {
    const response = await fetch(`${this.base}${path}`, {
      method,
      headers: {
        cookie: this.cookie,
        origin: this.base,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text ? JSON.parse(text) : undefined) as T;
  }

  createRoom(room: Partial<Schemas["NewRoom"]> = {}): Promise<Schemas["Room"]> {
    return this.call("POST", "/api/v1/rooms", {
      title: "Sprawa dowodu osobistego",
      duration_minutes: 30,
      ...room,
    });
  }

  async createLink(room: string, role: Schemas["RoomRole"] = "participant"): Promise<string> {
    const created = await this.call<Schemas["NewLinkCreated"]>(
      "POST",
      `/api/v1/rooms/${room}/links`,
      { role, label: "" },
    );
    return created.url;
  }

  room(room: string): Promise<Schemas["Room"]> {
    return this.call("GET", `/api/v1/rooms/${room}`);
  }

  createStream(
    room: string,
    direction: Schemas["StreamDirection"],
    name: string,
  ): Promise<Schemas["NewStreamCreated"]> {
    return this.call("POST", `/api/v1/rooms/${room}/streams`, { direction, name });
  }

  /** The session cookie for a browser context. */
  cookieFor(): { name: string; value: string; url: string } {
    const [name, ...value] = this.cookie.split("=");
    return { name: name!, value: value.join("="), url: this.base };
  }
}
