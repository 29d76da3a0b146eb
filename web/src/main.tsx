import "./styles/generated/fonts.css";
import "./styles/tokens.css";
import "./styles/base.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { detectLanguage, setLanguage } from "./i18n";

const root = document.getElementById("root");
if (!root) throw new Error("index.html has no #root");
await setLanguage(detectLanguage(), false);
createRoot(root).render(
  <StrictMode>
    <App />
  </StrictMode>,
);
