import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { build, type Plugin, type ResolvedConfig } from "vite";
import type * as Shells from "../src/app/shells.tsx";

interface Entry {
  file: string;
  css?: string[];
  imports?: string[];
  dynamicImports?: string[];
}
type Manifest = Record<string, Entry>;

/** The letters that a page in this language is sure to have. */
const FONT = { pl: "latin", en: "latin", uk: "cyrillic" } as const;
const TEXTS = /\/(?:i18n|common)\/(\w+)\.json$/;

/**
 * Writes `shells/<n>.<language>.html`: the client's page with what of a citizen's page can be seen
 * without its code, and with links to all files that this page needs, so that a slow network fetches
 * them side by side instead of one after the other. `shells/index.json` says which address has which.
 */
export function shells(): Plugin {
  let config: ResolvedConfig;
  return {
    name: "szpon-shells",
    apply: (_, { command, isSsrBuild }) => command === "build" && !isSsrBuild,
    configResolved(resolved) {
      config = resolved;
    },
    writeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        const out = resolve(config.root, config.build.outDir);
        const manifest = JSON.parse(await readFile(join(out, "manifest.json"), "utf8")) as Manifest;
        // The gallery of scenes is another page.
        if (!manifest["index.html"]) return;
        const index = await readFile(join(out, "index.html"), "utf8");
        await mkdir(join(out, "shells"), { recursive: true });
        const paths: string[] = [];
        for (const rendered of await renderAll(config)) {
          if (!paths.includes(rendered.path)) paths.push(rendered.path);
          const name = `${paths.indexOf(rendered.path)}.${rendered.language}.html`;
          await writeFile(join(out, "shells", name), compose(index, rendered, manifest));
        }
        await writeFile(join(out, "shells", "index.json"), JSON.stringify(paths));
      },
    },
  };
}

/** Builds the components for Node.js, and runs them there. */
async function renderAll({ root, resolve: { alias } }: ResolvedConfig): Promise<Shells.Rendered[]> {
  const outDir = join(root, "node_modules/.szpon-shells");
  try {
    await build({
      configFile: false,
      root,
      logLevel: "warn",
      resolve: { alias },
      build: { ssr: "src/app/shells.tsx", outDir, emptyOutDir: true, minify: false },
    });
    const module = (await import(
      `${pathToFileURL(join(outDir, "shells.js")).href}?${Date.now()}`
    )) as typeof Shells;
    return await module.renderShells();
  } finally {
    await rm(outDir, { recursive: true, force: true });
  }
}

function compose(
  index: string,
  { source, language, html }: Shells.Rendered,
  manifest: Manifest,
): string {
  const has = (link: string) => index.includes(`"/${link}"`);
  const { scripts, styles } = needed(source, language, manifest);
  const font = Object.values(manifest).find(({ file }) =>
    new RegExp(`-3-${FONT[language]}-[\\w-]{8}\\.woff2$`).test(file),
  );
  const links = [
    ...styles
      .filter((file) => !has(file))
      .map((file) => `<link rel="stylesheet" crossorigin href="/${file}">`),
    ...scripts
      .filter((file) => !has(file))
      .map((file) => `<link rel="modulepreload" crossorigin href="/${file}">`),
    ...(font
      ? [`<link rel="preload" as="font" type="font/woff2" crossorigin href="/${font.file}">`]
      : []),
  ];
  const title = /<h1[^>]*>([^<]+)<\/h1>/.exec(html)?.[1];
  return (
    index
      .replace('<html lang="pl">', `<html lang="${language}">`)
      .replace("<title>SZPoN</title>", title ? `<title>${title} – SZPoN</title>` : "$&")
      .replace("</head>", `${links.join("\n    ")}\n  </head>`)
      // The content security policy allows no style attributes; what they say is decoration here.
      .replace(
        '<div id="root"></div>',
        () => `<div id="root">${html.replace(/ style="[^"]*"/g, "")}</div>`,
      )
  );
}

/** All files of a page, with the texts that its code asks for. */
function needed(source: string, language: string, manifest: Manifest) {
  const seen = new Set<string>();
  const queue = ["index.html", source];
  for (let key = queue.pop(); key !== undefined; key = queue.pop()) {
    if (seen.has(key)) continue;
    seen.add(key);
    const entry = manifest[key];
    if (!entry) throw new Error(`the build has no ${key}`);
    queue.push(...(entry.imports ?? []));
    queue.push(
      ...(entry.dynamicImports ?? []).filter((inner) => TEXTS.exec(inner)?.[1] === language),
    );
  }
  const entries = [...seen].flatMap((key) => manifest[key] ?? []);
  return {
    scripts: entries.map(({ file }) => file).filter((file) => file.endsWith(".js")),
    styles: [...new Set(entries.flatMap(({ css = [] }) => css))],
  };
}
