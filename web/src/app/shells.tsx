import { renderToString } from "react-dom/server";
import type { Language } from "@/api/types";
import { shells as booking } from "@/features/booking/shells";
import { shells as join } from "@/features/join/shells";
import { LANGUAGES, speak } from "@/i18n";
import { PublicLayout } from "./PublicLayout";

export interface Rendered {
  path: string;
  source: string;
  language: Language;
  html: string;
}

/** Every shell in every language. Only the build runs this (`vite/shells.ts`). */
export async function renderShells(): Promise<Rendered[]> {
  const rendered: Rendered[] = [];
  for (const language of LANGUAGES) {
    await speak(language);
    for (const { path, source, View } of [...join, ...booking]) {
      const html = renderToString(
        <PublicLayout waiting>
          <View />
        </PublicLayout>,
      );
      rendered.push({ path, source, language, html });
    }
  }
  return rendered;
}
