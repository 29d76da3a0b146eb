import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import type { Plugin } from "vite";

const IMPORT = /import\s*\{([^}]*)\}\s*from\s*["']lucide-react["'];?/g;
const EXPORT = /export \{([^}]*)\} from '(\.\/icons\/[\w-]+\.mjs)'/g;

/**
 * Imports each icon from its own file. By way of the library's one index every module that shows an
 * icon would reach all of them, and the bundler could not tell which page needs which.
 */
export function icons(): Plugin {
  const files = iconFiles();
  return {
    name: "szpon-icons",
    apply: "build",
    enforce: "post",
    transform: {
      filter: { id: /\/src\/.*\.tsx?$/, code: "lucide-react" },
      handler(code) {
        return {
          code: code.replace(IMPORT, (_, names: string) =>
            names
              .split(",")
              .map((name) => name.trim())
              .filter((name) => name !== "")
              .map((name) => importOf(name, files))
              .join(" "),
          ),
          map: null,
        };
      },
    },
  };
}

function importOf(name: string, files: ReadonlyMap<string, string>): string {
  const [exported = name, local = exported] = name.split(/\s+as\s+/);
  const file = files.get(exported);
  if (!file) throw new Error(`lucide-react has no icon ${exported}`);
  return `import ${local} from ${JSON.stringify(file)};`;
}

/** The file of each icon by each of its names. */
function iconFiles(): Map<string, string> {
  const root = dirname(createRequire(import.meta.url).resolve("lucide-react/package.json"));
  const esm = join(root, "dist/esm");
  const index = readFileSync(join(esm, "lucide-react.mjs"), "utf8");
  const files = new Map<string, string>();
  for (const [, names = "", file = ""] of index.matchAll(EXPORT)) {
    for (const name of names.split(",")) {
      files.set(name.replace("default as", "").trim(), join(esm, file));
    }
  }
  return files;
}
