// Python with the packages of requirements.txt; scripts/setup makes it.

import path from "node:path";

const FOLDER = path.resolve(import.meta.dirname, "../../../target/e2e-python/bin");

export const PYTHON = path.join(FOLDER, "python3");

/** A program that came with one of the packages. */
export const pythonProgram = (name: string): string => path.join(FOLDER, name);
