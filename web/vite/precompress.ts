import { readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { brotliCompress, constants, gzip } from "node:zlib";
import type { Plugin } from "vite";

const COMPRESSIBLE = /\.(?:js|css|html|json|svg|webmanifest|txt)$/;
/** Below this a compressed copy saves less than its response header costs. */
const WORTHWHILE_BYTES = 512;

/** Puts `x.br` and `x.gz` beside every text file of the build, for the server to hand out as they are. */
export function precompress(): Plugin {
  let outDir = "dist";
  return {
    name: "szpon-precompress",
    apply: "build",
    configResolved(config) {
      outDir = config.build.outDir;
    },
    writeBundle: {
      order: "post",
      sequential: true,
      async handler() {
        const files = await readdir(outDir, { recursive: true });
        const texts = files.filter((file) => COMPRESSIBLE.test(file));
        await Promise.all(texts.map((file) => squeeze(join(outDir, file))));
      },
    },
  };
}

async function squeeze(path: string): Promise<void> {
  const content = await readFile(path);
  if (content.length < WORTHWHILE_BYTES) return;
  const [br, gz] = await Promise.all([
    promisify(brotliCompress)(content, {
      params: {
        [constants.BROTLI_PARAM_QUALITY]: 11,
        [constants.BROTLI_PARAM_SIZE_HINT]: content.length,
      },
    }),
    promisify(gzip)(content, { level: 9 }),
  ]);
  if (br.length < content.length) await writeFile(`${path}.br`, br);
  if (gz.length < content.length) await writeFile(`${path}.gz`, gz);
}
