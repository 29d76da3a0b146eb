import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    root: import.meta.dirname,
    include: ["figures.bench.ts"],
    environment: "node",
    reporters: ["verbose"],
  },
});
