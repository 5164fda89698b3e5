/* lint.mjs - every script of the app and of the tests: no name that was never imported, none that nobody uses, no line that is
 * never reached. Such a name says nothing until somebody comes by.  How to run: node tests/run.mjs build lint */
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { Linter } from 'eslint';
import globals from 'globals';

const { transformSync } = createRequire(new URL('../../web/package.json', import.meta.url))('esbuild'); // what builds the app
const BUILT_IN = { WORD_PATHS: false, DESK_WORD_PATHS: false, SLIP_WORDS: false }; // by web/build.mjs
const PAGE = { ...globals.browser, ...globals.serviceworker };
const RULES = {
  'no-undef': 'error', 'no-unused-vars': ['error', { ignoreRestSiblings: true, args: 'none', caughtErrors: 'none' }],
  'no-unreachable': 'error', 'no-dupe-keys': 'error', 'no-const-assign': 'error', 'no-redeclare': 'error', 'no-dupe-else-if': 'error',
  'no-self-assign': 'error', 'no-unsafe-finally': 'error', 'use-isnan': 'error', 'valid-typeof': 'error', 'no-import-assign': 'error',
};

const scripts = folder => readdirSync(folder, { withFileTypes: true }).flatMap(file =>
  file.isDirectory() ? (file.name === 'node_modules' ? [] : scripts(join(folder, file.name)))
    : /\.m?js$/.test(file.name) ? [join(folder, file.name)] : []);

const linter = new Linter();
let passed = 0, failed = 0;
for (const path of [...scripts('web/src'), 'web/build.mjs', ...scripts('tests'), ...scripts('ops')]) {
  const source = readFileSync(path, 'utf8').replace(/\{\{\w+\}\}/g, '{}'); // filled in by web/build.mjs
  const { code } = transformSync(source, { loader: 'jsx', jsx: 'automatic', jsxImportSource: 'preact' });
  const known = path.endsWith('.mjs') ? { ...PAGE, ...globals.node } : { ...PAGE, ...BUILT_IN }; // a test's page runs parts of it
  const found = linter.verify(code, { languageOptions: { ecmaVersion: 2024, globals: known }, rules: RULES });
  if (found.length) failed++; else passed++;
  for (const { message, line } of found) console.log(`${path}: ${message}\n    ${code.split('\n')[line - 1]?.trim().slice(0, 200)}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed ? 1 : 0);
