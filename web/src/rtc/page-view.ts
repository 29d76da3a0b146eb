/** Whether anybody can see the page's pictures. */

/** Switching tabs for a moment must not cost a picture. */
const LINGER_MS = 5_000;

interface PictureInPicture {
  readonly window: Window | null;
}

/** Calls `listener` with `true` when the page has been out of sight for a while. */
export function onHidden(listener: (hidden: boolean) => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const changed = () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") listener(false);
    else
      timer = setTimeout(() => {
        listener(!inPicture());
      }, LINGER_MS);
  };
  document.addEventListener("visibilitychange", changed);
  return () => {
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", changed);
  };
}

/** A small window on top shows a picture of the hidden page. */
function inPicture(): boolean {
  const { documentPictureInPicture } = window as Window & {
    documentPictureInPicture?: PictureInPicture;
  };
  return Boolean(document.pictureInPictureElement ?? documentPictureInPicture?.window);
}
