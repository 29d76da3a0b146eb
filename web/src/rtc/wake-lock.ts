/** Keeps the screen on during a call, where the browser can. */
export class WakeLock {
  #lock: WakeLockSentinel | null = null;
  #wanted = false;
  // The browser lets the lock go with every hidden page.
  readonly #onVisible = () => {
    if (document.visibilityState === "visible") void this.#take();
  };

  hold(): void {
    if (this.#wanted) return;
    this.#wanted = true;
    document.addEventListener("visibilitychange", this.#onVisible);
    void this.#take();
  }

  release(): void {
    this.#wanted = false;
    document.removeEventListener("visibilitychange", this.#onVisible);
    void this.#lock?.release().catch(() => undefined);
    this.#lock = null;
  }

  async #take(): Promise<void> {
    if (!("wakeLock" in navigator) || (this.#lock && !this.#lock.released)) return;
    try {
      const lock = await navigator.wakeLock.request("screen");
      if (this.#wanted) this.#lock = lock;
      else await lock.release();
    } catch {
      // Low battery, or the page is hidden: the screen may go dark, the call goes on.
    }
  }
}
