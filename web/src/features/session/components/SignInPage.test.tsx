import { QueryClientProvider } from "@tanstack/react-query";
import { act, fireEvent, render, screen } from "@testing-library/react";
import { Suspense } from "react";
import { beforeEach, expect, it, vi } from "vitest";
import { Route, Router } from "wouter";
import { memoryLocation } from "wouter/memory-location";
import { queryClient } from "@/api/me";
import { commonMessages, setLanguage } from "@/i18n";
import { load } from "@/i18n/messages";
import { messages } from "../messages";
import SignInPage from "./SignInPage";

const ME = { id: "p", name: "Anna", roles: ["official"], language: "pl" };

/** Answers the sign-in as the server does for an account with a second factor. */
function answer(body: { password: string; totp?: string }): Response {
  const problem = (status: number, code: string) =>
    new Response(JSON.stringify({ type: `urn:szpon:problem:${code}`, title: code, status, code }), {
      status,
      headers: { "content-type": "application/problem+json" },
    });
  if (body.password !== "right") return problem(401, "bad_credentials");
  if (body.totp === undefined) return problem(401, "totp_required");
  if (body.totp !== "123456") return problem(401, "totp_invalid");
  return new Response(JSON.stringify(ME), { headers: { "content-type": "application/json" } });
}

beforeEach(async () => {
  queryClient.clear();
  await Promise.all([load(commonMessages, "pl"), load(messages, "pl")]);
  await setLanguage("pl", false);
  vi.stubGlobal("fetch", async (request: Request) =>
    request.method === "POST"
      ? answer(await request.json())
      : new Response('{"code":"unauthenticated"}', { status: 401 }),
  );
});

async function show(path: string) {
  const location = memoryLocation({ path, record: true });
  await act(async () => {
    render(
      <QueryClientProvider client={queryClient}>
        <Router hook={location.hook} searchHook={location.searchHook}>
          <Suspense>
            <Route path="/sign-in">
              <SignInPage />
            </Route>
          </Suspense>
        </Router>
      </QueryClientProvider>,
    );
  });
  await screen.findByRole("button", { name: "Zaloguj się" });
  return location;
}

function fill(label: string, value: string) {
  fireEvent.change(screen.getByLabelText(label), { target: { value } });
}

it("asks for the code only after the password was right, and returns to where one was", async () => {
  const location = await show("/sign-in?next=%2Fadmin%2Faudit");
  fill("Adres e-mail", "anna@urzad.example");
  fill("Hasło", "right");
  fireEvent.click(screen.getByRole("button", { name: "Zaloguj się" }));
  await screen.findByLabelText("Kod (6 cyfr)");

  fill("Kod (6 cyfr)", "000 000");
  fireEvent.click(screen.getByRole("button", { name: "Dalej" }));
  await screen.findByRole("link", { name: /Kod jest nieprawidłowy/ });

  fill("Kod (6 cyfr)", "123 456");
  fireEvent.click(screen.getByRole("button", { name: "Dalej" }));
  await vi.waitFor(() => expect(location.history.at(-1)).toBe("/admin/audit"));
  expect(queryClient.getQueryData(["me"])).toEqual(ME);
});

it("doesn't say which of address and password is wrong, and forgets the password", async () => {
  await show("/sign-in");
  fill("Adres e-mail", "anna@urzad.example");
  fill("Hasło", "wrong");
  fireEvent.click(screen.getByRole("button", { name: "Zaloguj się" }));
  const summary = await screen.findByRole("alert");
  expect(summary.textContent).toContain("Adres e-mail lub hasło są nieprawidłowe");
  expect(document.activeElement).toBe(summary);
  expect(screen.getByLabelText<HTMLInputElement>("Hasło").value).toBe("");
});

it("finds slips before it asks the server, and leads to the fields", async () => {
  await show("/sign-in");
  fill("Adres e-mail", "anna");
  fireEvent.click(screen.getByRole("button", { name: "Zaloguj się" }));
  fireEvent.click(await screen.findByRole("link", { name: "Podaj hasło" }));
  expect(document.activeElement?.getAttribute("autocomplete")).toBe("current-password");
  expect(screen.getByLabelText("Adres e-mail").getAttribute("aria-invalid")).toBe("true");
});
