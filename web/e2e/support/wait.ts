// Waiting for something that happens in another process.

export const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, ms));

/** Asks until the answer is truthy, and returns it; names what it waited for when it never comes. */
export async function waitFor<T>(
  what: string,
  ms: number,
  ask: () => T | Promise<T>,
): Promise<NonNullable<T>> {
  const end = Date.now() + ms;
  for (;;) {
    const answer = await ask();
    if (answer) return answer as NonNullable<T>;
    if (Date.now() > end) throw new Error(`waited ${ms} ms for ${what}`);
    await pause(100);
  }
}
