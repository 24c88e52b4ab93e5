// Makes verify.html: one file with everything in it, for the server to offer and people to keep.
import { createHash } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { join, resolve } from 'node:path';

const here = fileURLToPath(new URL('.', import.meta.url));
// Each may use those before it.
const MODULES = ['hash.mjs', 'ed25519.mjs', 'record.mjs', 'receipt.mjs', 'acts.mjs', 'page.mjs'];

// The modules as one script: imports are known to be there, exports are for nobody.
async function script() {
  const parts = await Promise.all(MODULES.map((name) => readFile(join(here, 'src', name), 'utf8')));
  const plain = parts.map((text) => text
    .replace(/^import \{[^}]*\} from '\.\/[a-z0-9]+\.mjs';\n/gm, '')
    .replace(/^export /gm, ''));
  return `'use strict';\n(() => {\n${plain.join('\n')}})();\n`;
}

const source = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;

const escaped = (text) => text.replace(/&/g, '&amp;').replace(/"/g, '&quot;').replace(/</g, '&lt;');

/**
 * Writes `verify.html` into a folder. The policy returned is also inside the page; a server that
 * sends a policy of its own has to send this one with the page.
 * @param {string} outDir
 * @param {{ key?: string }} [options] the district's public key, if the page is made for one
 */
export async function buildVerify(outDir, { key = '' } = {}) {
  const [template, style, code] = await Promise.all([
    readFile(join(here, 'template.html'), 'utf8'),
    readFile(join(here, 'style.css'), 'utf8'),
    script(),
  ]);
  const csp = `default-src 'none'; script-src ${source(code)}; style-src ${source(style)}; `
    + "base-uri 'none'; form-action 'none'";
  const values = { csp, style, script: code, key: escaped(key) };
  const html = template.replace(/\{\{(\w+)\}\}/g, (_, name) => values[name]);
  await mkdir(outDir, { recursive: true });
  const file = join(outDir, 'verify.html');
  await writeFile(file, html);
  return { file, csp };
}

if (process.argv[1] && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const { file } = await buildVerify(process.argv[2] ?? join(here, '..', 'dist'));
  console.log(file);
}
