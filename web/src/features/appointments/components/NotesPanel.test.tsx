import { QueryClientProvider, useQuery } from "@tanstack/react-query";
import { act, fireEvent, render, screen, waitFor } from "@testing-library/react";
import { Suspense } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { queryClient } from "@/api/me";
import { commonMessages, setLanguage } from "@/i18n";
import { load } from "@/i18n/messages";
import { appointmentQueries } from "../api/appointments";
import { messages } from "../messages";
import { appointment } from "../model/appointment.testing";
import { NotesPanel } from "./NotesPanel";

/** What the server has; a colleague may write into it, too. */
let stored = { notes: "", notes_version: 0 };

const json = (body: unknown, status = 200) =>
  new Response(JSON.stringify(body), { status, headers: { "content-type": "application/json" } });

async function answer(request: Request): Promise<Response> {
  const { pathname } = new URL(request.url);
  if (pathname.endsWith("/tokens")) return json({ token: "t" });
  if (request.method === "PUT") {
    const sent = (await request.json()) as { notes: string; version: number };
    if (sent.version !== stored.notes_version) {
      return json({ code: "conflict", status: 409, title: "", type: "", ...stored }, 409);
    }
    stored = { notes: sent.notes, notes_version: sent.version + 1 };
  }
  return json({ ...appointment(), ...stored, log: [] });
}

beforeEach(async () => {
  queryClient.clear();
  stored = { notes: "", notes_version: 0 };
  await Promise.all([load(commonMessages, "pl"), load(messages, "pl")]);
  await setLanguage("pl", false);
  vi.stubGlobal("fetch", answer);
});

function Page() {
  const shown = useQuery(appointmentQueries.one("a"));
  return shown.data ? <NotesPanel appointment={shown.data} /> : null;
}

async function show() {
  await act(async () => {
    render(
      <QueryClientProvider client={queryClient}>
        <Suspense>
          <Page />
        </Suspense>
      </QueryClientProvider>,
    );
  });
  return screen.findByRole<HTMLTextAreaElement>("textbox");
}

it("keeps both texts when a colleague has written meanwhile", async () => {
  const field = await show();
  fireEvent.change(field, { target: { value: "Prosi o windę" } });
  stored = { notes: "Dzwoniła", notes_version: 1 };
  fireEvent.blur(field);
  await screen.findByText("Dzwoniła");
  expect(field.value).toBe("Prosi o windę");
  expect(stored.notes).toBe("Dzwoniła");

  fireEvent.click(screen.getByRole("button", { name: "Dopisz mój tekst pod tym" }));
  expect(field.value).toBe("Dzwoniła\nProsi o windę");
  fireEvent.blur(field);
  await waitFor(() => {
    expect(stored).toEqual({ notes: "Dzwoniła\nProsi o windę", notes_version: 2 });
  });
  // And goes on from there.
  await screen.findByText(/Zapisano o/);
  fireEvent.change(field, { target: { value: "Załatwione" } });
  fireEvent.blur(field);
  await waitFor(() => {
    expect(stored.notes).toBe("Załatwione");
  });
});
