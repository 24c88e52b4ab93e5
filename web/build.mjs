// Makes web/dist/, what the server hands out under /static/. Run: node build.mjs (after npm ci).
import { gzipSync } from 'node:zlib';
import { cp, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, transform } from 'esbuild';
import { compileAsync } from 'sass';
import { buildVerify } from './verify/build.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const finished = join(here, 'dist');
const dist = join(here, 'dist.new');
const modules = join(here, 'node_modules');
const OLDEST = ['chrome80', 'firefox78', 'safari14'];

// What a resident loads first, and its limits in bytes after gzip.
const FIRST = ['app.css', 'app.js', 'htmx.min.js'];
const LIMITS = { first: 100_000, firstScript: 40_000, appScript: 8_192 };

/** Only what exists in the oldest browser: `gap` outside a grid is one thing no tool rewrites. */
function refuseTooNew(css, name) {
  for (const [, body] of css.matchAll(/\{([^{}]*)\}/g)) {
    if (/display:(inline-)?flex/.test(body) && /(^|;)(column-)?gap:/.test(body)) {
      throw new Error(`${name}: \`gap\` in a flex row: ${body}`);
    }
  }
  const word = css.match(/:(where|is)\(|aspect-ratio:|@layer|@container/);
  if (word) throw new Error(`${name}: ${word[0]} is newer than the browsers we serve`);
}

/** Pixels become rem, so that the letters a person chose in the phone's settings scale the page. */
function inRem(css) {
  return css.replace(/(@media[^{]*)|(-?\d*\.?\d+)px\b/g, (all, media, pixels) => (
    media || `${Number((Number(pixels) / 16).toFixed(5))}rem`
  ));
}

async function style(name, before = '') {
  const made = await compileAsync(join(here, 'style', name), {
    loadPaths: [modules],
    quietDeps: true,
    style: 'expanded',
  });
  const { code, warnings } = await transform(before + inRem(made.css), {
    loader: 'css', minify: true, target: OLDEST, charset: 'utf8',
  });
  if (warnings.length) throw new Error(`${name}: ${JSON.stringify(warnings)}`);
  refuseTooNew(code, name);
  if (/url\((?!["']?(data:|#))/.test(code)) throw new Error(`${name} asks for another file`);
  await writeFile(join(dist, name.replace(/\.scss$/, '.css')), code);
}

/** Leaflet's sheet without its pictures: our pins and buttons are drawn, not fetched. */
async function leafletStyle() {
  const text = await readFile(join(modules, 'leaflet/dist/leaflet.css'), 'utf8');
  return text.replace(/^.*url\([^)]*\).*$/gm, '');
}

const sharedLeaflet = {
  name: 'shared-leaflet',
  setup(plan) {
    plan.onResolve({ filter: /^leaflet$/ }, () => ({ path: 'leaflet', namespace: 'shared' }));
    plan.onLoad({ filter: /.*/, namespace: 'shared' }, () => ({
      contents: 'module.exports = window.L = window.linliMaps.L;',
      loader: 'js',
    }));
  },
};

async function script(name, plugins = []) {
  const made = await build({
    entryPoints: [join(here, 'script', name)],
    outfile: join(dist, name),
    bundle: true,
    minify: true,
    format: 'iife',
    target: ['es2019', 'chrome80'],
    charset: 'utf8',
    legalComments: 'eof',
    logLevel: 'error',
    plugins,
  });
  if (made.warnings.length) throw new Error(JSON.stringify(made.warnings));
}

async function files(folder) {
  const found = await readdir(folder, { withFileTypes: true });
  const lists = await Promise.all(found.map((one) => {
    const path = join(folder, one.name);
    return one.isDirectory() ? files(path) : [path];
  }));
  return lists.flat();
}

async function sizes() {
  const rows = new Map();
  for (const path of await files(dist)) {
    const bytes = await readFile(path);
    rows.set(relative(dist, path), { raw: bytes.length, gz: gzipSync(bytes, { level: 9 }).length });
  }
  return rows;
}

function report(rows) {
  const line = (name, raw, gz) => `${name.padEnd(30)}${String(raw).padStart(10)}${String(gz).padStart(10)}`;
  console.log(line('web/dist', 'bytes', 'gzip'));
  for (const [name, size] of [...rows].sort()) console.log(line(name, size.raw, size.gz));
  const gz = (names) => names.reduce((sum, name) => sum + rows.get(name).gz, 0);
  const first = gz(FIRST);
  const firstScript = gz(FIRST.filter((name) => name.endsWith('.js')));
  console.log(line('first load (css + script)', '', first), `of ${LIMITS.first}`);
  console.log(line('first load, script alone', '', firstScript), `of ${LIMITS.firstScript}`);
  const over = first > LIMITS.first || firstScript > LIMITS.firstScript
    || rows.get('app.js').gz > LIMITS.appScript;
  if (over) throw new Error('over the limit of a first load');
}

async function main() {
  await rm(dist, { recursive: true, force: true });
  await mkdir(join(dist, 'map'), { recursive: true });
  await style('app.scss');
  await style('map.scss', await leafletStyle());
  await script('app.js');
  await script('map.js');
  await script('draw.js', [sharedLeaflet]);
  await script('redact.js');
  await cp(join(modules, 'htmx.org/dist/htmx.min.js'), join(dist, 'htmx.min.js'));
  await cp(join(here, 'static'), dist, { recursive: true });
  await cp(join(here, 'map/base.pmtiles'), join(dist, 'map/base.pmtiles'));
  await cp(join(here, 'map/NOTICE.md'), join(dist, 'map/NOTICE.md'));
  // The server sends the page's policy with it.
  const { csp } = await buildVerify(dist);
  await writeFile(join(dist, 'verify.csp'), `${csp}\n`);
  report(await sizes());
  await rm(finished, { recursive: true, force: true });
  await rename(dist, finished);
}

await main();
