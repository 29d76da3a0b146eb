import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { citizenChunks } from "./vite/chunks.ts";
import { icons } from "./vite/icons.ts";
import { precompress } from "./vite/precompress.ts";
import { shells } from "./vite/shells.ts";

// The Rust build (build.rs) says where to write; by hand it is dist/.
const outDir = process.env.SZPON_WEB_OUT ?? "dist";
const server = process.env.SZPON_SERVER ?? "http://127.0.0.1:8080";

export default defineConfig({
  plugins: [react(), icons(), shells(), precompress()],
  resolve: {
    alias: {
      "@": fileURLToPath(new URL("./src", import.meta.url)),
      // The router's stand-in for what React has had since version 18.
      "use-sync-external-store/shim/index.js": "react",
    },
  },
  build: {
    outDir,
    emptyOutDir: true,
    target: ["chrome111", "firefox115", "safari16.4"],
    // Inlined files would be data: URLs, which the content security policy refuses for fonts.
    assetsInlineLimit: 0,
    manifest: "manifest.json",
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: "index.html",
      preserveEntrySignatures: false,
      output: {
        codeSplitting: {
          includeDependenciesRecursively: false,
          groups: [
            // Whatever the first page of anybody needs is one file.
            {
              name: "start",
              tags: ["$initial"],
              test: /^(?!.*(?:main\.tsx|index\.html))/,
              priority: 2,
            },
            { name: citizenChunks(), debugName: "citizen", priority: 1 },
          ],
        },
      },
    },
  },
  server: {
    proxy: {
      "/api": { target: server, ws: true },
      "/booking/v1": server,
      "/media": server,
      "/.well-known": server,
    },
  },
  test: {
    environment: "happy-dom",
    include: ["src/**/*.test.{ts,tsx}", "tests/**/*.test.{ts,tsx}"],
    setupFiles: ["tests/setup.ts"],
    restoreMocks: true,
  },
});
