import { act, renderHook } from "@testing-library/react";
import { expect, it } from "vitest";
import { ApiProblem } from "@/api/problem";
import { useLoad } from "./useLoad";

const settle = () => act(() => Promise.resolve());

it("keeps what it showed when asking again meets no network, and says so otherwise", async () => {
  const answers: (() => Promise<string>)[] = [
    () => Promise.resolve("first"),
    () => Promise.reject(ApiProblem.unreachable()),
    () => Promise.reject(new ApiProblem({ code: "not_found", status: 404 })),
  ];
  const next = () => answers.shift()?.() ?? Promise.reject(new Error("asked too often"));
  const { result } = renderHook(() => useLoad("appointment", next));
  expect(result.current.state.kind).toBe("loading");
  await settle();
  expect(result.current.state).toEqual({ kind: "ready", value: "first" });
  act(() => result.current.again());
  await settle();
  expect(result.current.state).toEqual({ kind: "ready", value: "first" });
  act(() => result.current.again());
  await settle();
  expect(result.current.state.kind).toBe("failed");
});

it("asks by itself once the network is back", async () => {
  let online = false;
  const load = () => (online ? Promise.resolve("here") : Promise.reject(ApiProblem.unreachable()));
  const { result } = renderHook(() => useLoad("offices", load));
  await settle();
  expect(result.current.state.kind).toBe("failed");
  online = true;
  act(() => void dispatchEvent(new Event("online")));
  await settle();
  expect(result.current.state).toEqual({ kind: "ready", value: "here" });
});
