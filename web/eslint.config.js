import js from "@eslint/js";
import jsxA11y from "eslint-plugin-jsx-a11y";
import reactHooks from "eslint-plugin-react-hooks";
import globals from "globals";
import tseslint from "typescript-eslint";

export default tseslint.config(
  { ignores: ["dist", "node_modules", "src/api/generated", "src/styles/generated", "target"] },
  js.configs.recommended,
  ...tseslint.configs.strict,
  {
    files: ["**/*.{ts,tsx}"],
    languageOptions: { globals: globals.browser },
    plugins: { "react-hooks": reactHooks, "jsx-a11y": jsxA11y },
    rules: {
      ...reactHooks.configs.recommended.rules,
      ...jsxA11y.flatConfigs.recommended.rules,
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "@typescript-eslint/consistent-type-imports": "error",
      "@typescript-eslint/no-unused-vars": [
        "error",
        { argsIgnorePattern: "^_", varsIgnorePattern: "^_" },
      ],
      // Safari drops the role of a list without bullets, browsers those of a table laid out as cards.
      "jsx-a11y/no-redundant-roles": [
        "error",
        { ul: ["list"], ol: ["list"], thead: ["rowgroup"], tbody: ["rowgroup"] },
      ],
    },
  },
  {
    // The citizen's page must stay light: React Aria is for staff pages and the call.
    files: [
      "src/features/join/**",
      "src/ui/*.{ts,tsx}",
      "src/app/*.{ts,tsx}",
      "src/i18n/**",
      "src/rtc/**",
    ],
    ignores: ["src/app/StaffLayout.tsx"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["react-aria-components*", "@/ui/aria/*", "./aria/*"],
              message: "React Aria is too heavy for the citizen's page.",
            },
          ],
        },
      ],
    },
  },
  {
    files: ["scripts/**", "e2e/**", "*.{js,ts}", "vite/**", "tests/**"],
    languageOptions: { globals: { ...globals.node, ...globals.browser } },
    // A test that finds nothing where something must be should throw right there.
    rules: { "no-console": "off", "@typescript-eslint/no-non-null-assertion": "off" },
  },
);
