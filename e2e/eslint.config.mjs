// For the scripts of web/ and e2e/; run from the top of the project with --config.
import js from '@eslint/js';
import globals from 'globals';

export default [
  { ignores: ['**/dist/**', '**/dist.new/**', '**/node_modules/**', '**/*.min.js'] },
  js.configs.recommended,
  {
    rules: {
      eqeqeq: 'error',
      'no-var': 'error',
      'prefer-const': 'error',
      'no-implied-eval': 'error',
      'no-eval': 'error',
      'max-len': ['error', { code: 100, ignoreStrings: true, ignoreTemplateLiterals: true }],
    },
  },
  {
    // What Chromium 80 does not know, the oldest browser that every function is promised to.
    files: ['web/script/**/*.js', 'web/verify/src/**/*.mjs'],
    rules: {
      'no-restricted-properties': ['error', ...[
        'replaceChildren', 'submitter', 'replaceAll', 'findLast', 'hasOwn', 'structuredClone',
      ].map((property) => ({ property, message: 'Not in every browser of web/README.md.' }))],
    },
  },
  { files: ['web/script/**/*.js'], languageOptions: { globals: globals.browser } },
  { files: ['web/verify/**/*.js'], languageOptions: { globals: { ...globals.browser, ...globals.node } } },
  { files: ['**/*.cjs'], languageOptions: { globals: globals.node } },
  { files: ['**/*.mjs'], languageOptions: { globals: { ...globals.node, ...globals.browser } } },
];
