import "./styles/generated/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { openedPage } from "./app/routes";
import { detectLanguage, setLanguage } from "./i18n";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
const language = detectLanguage();
const page = openedPage(location.pathname);
// What the server sent stands there until the page itself can; so its code and texts come first.
await Promise.all([
  setLanguage(language, false),
  // A page that can't be had says so once it is shown.
  page?.load().then(
    () => setLanguage(language, false),
    () => undefined,
  ),
]);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
