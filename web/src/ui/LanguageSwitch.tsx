import { Languages } from "lucide-react";
import { commonMessages, LANGUAGES, setLanguage, useLanguage, useMessages } from "@/i18n";
import { Icon } from "./Icon";
import styles from "./LanguageSwitch.module.css";

const OWN_NAMES = { pl: "Polski", en: "English", uk: "Українська" } as const;

/** Each language in its own words, so that one finds it without knowing the present one. */
export function LanguageSwitch() {
  const t = useMessages(commonMessages);
  const language = useLanguage();
  return (
    <label className={styles.switch}>
      <Icon of={Languages} />
      <span className="visually-hidden">{t("language.label")}</span>
      <select
        className={styles.select}
        value={language}
        onChange={(event) => {
          const chosen = LANGUAGES.find((one) => one === event.target.value);
          if (chosen) void setLanguage(chosen);
        }}
      >
        {LANGUAGES.map((one) => (
          <option key={one} value={one} lang={one}>
            {OWN_NAMES[one]}
          </option>
        ))}
      </select>
    </label>
  );
}
