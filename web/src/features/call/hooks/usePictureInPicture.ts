import { useCallback, useEffect, useState } from "react";

/** The Document Picture-in-Picture draft, which the DOM types don't have yet. */
interface DocumentPictureInPicture {
  requestWindow(options: { width: number; height: number }): Promise<Window>;
}

function api(): DocumentPictureInPicture | undefined {
  return (window as Window & { documentPictureInPicture?: DocumentPictureInPicture })
    .documentPictureInPicture;
}

export interface SmallWindow {
  /** Where to render the small window's content; null while there is none. */
  container: HTMLElement | null;
  isOpen: boolean;
  toggle: () => Promise<void>;
}

/** Whether this browser has any form of a picture that stays on top. */
export function canPictureInPicture(): boolean {
  return api() !== undefined || document.pictureInPictureEnabled;
}

/** A window that stays on top: with controls in Chromium, a bare picture elsewhere. */
export function usePictureInPicture(mainVideo: () => HTMLVideoElement | null): SmallWindow {
  const [small, setSmall] = useState<Window | null>(null);
  const [bare, setBare] = useState(false);

  const toggle = useCallback(async () => {
    if (small) {
      small.close();
      return;
    }
    if (document.pictureInPictureElement) {
      await document.exitPictureInPicture();
      return;
    }
    try {
      const draft = api();
      if (draft) {
        const opened = await draft.requestWindow({ width: 360, height: 240 });
        dress(opened);
        opened.addEventListener("pagehide", () => setSmall(null), { once: true });
        setSmall(opened);
        return;
      }
      const video = mainVideo();
      if (!video) return;
      await video.requestPictureInPicture();
      setBare(true);
      video.addEventListener("leavepictureinpicture", () => setBare(false), { once: true });
    } catch {
      // The browser wants a click for it, or has it switched off.
    }
  }, [small, mainVideo]);

  useEffect(() => () => small?.close(), [small]);

  return { container: small?.document.body ?? null, isOpen: small !== null || bare, toggle };
}

/** Gives the new window this page's styles, language and colours. */
function dress(opened: Window): void {
  for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
    opened.document.head.append(link.cloneNode(true));
  }
  const { lang } = document.documentElement;
  opened.document.documentElement.lang = lang;
  opened.document.documentElement.dataset.surface = "call";
  opened.document.title = document.title;
}
