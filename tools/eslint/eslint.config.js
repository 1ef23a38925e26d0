// What the scripts of the web app have to be like: no slips, and nothing that a page's policy or a
// stranger's text could turn against its reader.
import js from "@eslint/js";
import globals from "globals";

const MARKUP = "A record's text would become markup: use textContent, or append elements.";

export default [
  { ignores: ["**/node_modules/**", "webapp/static/built/**"] },
  js.configs.recommended,
  {
    files: ["webapp/**/*.js"],
    languageOptions: { ecmaVersion: 2022, sourceType: "module", globals: globals.browser },
    linterOptions: { reportUnusedDisableDirectives: "error" },
    rules: {
      "array-callback-return": "error",
      "default-case-last": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-constructor-return": "error",
      "no-duplicate-imports": "error",
      "no-else-return": "error",
      "no-eval": "error",
      "no-implied-eval": "error",
      "no-new-func": "error",
      "no-restricted-syntax": [
        "error",
        { selector: "AssignmentExpression[left.property.name=/^(inner|outer)HTML$/]", message: MARKUP },
        { selector: "CallExpression[callee.property.name=/^(insertAdjacentHTML|setHTMLUnsafe)$/]", message: MARKUP },
        { selector: "CallExpression[callee.object.name='document'][callee.property.name=/^writeln?$/]", message: MARKUP },
      ],
      "no-script-url": "error",
      "no-self-compare": "error",
      "no-shadow": "error",
      "no-template-curly-in-string": "error",
      "no-throw-literal": "error",
      "no-unmodified-loop-condition": "error",
      "no-unreachable-loop": "error",
      "no-use-before-define": ["error", { functions: false, classes: false, variables: false }],
      "no-var": "error",
      "object-shorthand": "error",
      "prefer-const": "error",
      "prefer-object-has-own": "error",
      yoda: "error",
    },
  },
  {
    files: ["webapp/static/js/**/*.js"],
    languageOptions: { globals: { Plotly: "readonly" } },
  },
];
