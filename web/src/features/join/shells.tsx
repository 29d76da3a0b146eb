import type { Shell } from "@/app/shell";
import { Looking } from "./components/Looking";

export const shells: readonly Shell[] = [
  { path: "/j", source: "src/features/join/JoinPage.tsx", View: Looking },
];
