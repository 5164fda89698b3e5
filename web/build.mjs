/* build.mjs - bundles the app and writes it down as a C array for the gateway.
 * Use:    node build.mjs assets.c [directory]   the array; with a directory also the files themselves, to look at
 * Names:  the script and the stylesheet carry a hash of their content and never change; the page, the worker and the
 *         manifest keep their names and are asked for again each time.
 * Fails:  above the weight a first visit may have on a slow line. */
import { build } from 'esbuild';
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const FIRST_VISIT_GZ_BYTES_MAX = 100 * 1024; // everything the first visit fetches
const SCRIPT_GZ_BYTES_MAX = 60 * 1024;       // of it the script

const here = dirname(fileURLToPath(import.meta.url));
const source = name => readFileSync(join(here, 'src', name), 'utf8');
const hash = bytes => createHash('sha256').update(bytes).digest('hex').slice(0, 16);

async function bundle(entry) {
  const result = await build({
    entryPoints: [join(here, 'src', entry)], bundle: true, minify: true, charset: 'utf8', write: false, legalComments: 'none',
    format: entry.endsWith('.js') ? 'iife' : undefined, target: ['chrome92', 'firefox98', 'safari15.4'],
    loader: { '.js': 'jsx' }, jsx: 'automatic', jsxImportSource: 'preact', logLevel: 'warning', logLimit: 10,
  });
  return Buffer.from(result.outputFiles[0].contents);
}

function fill(text, values) {
  return Buffer.from(text.replace(/\{\{(\w+)\}\}/g, (_, name) => {
    if (!(name in values)) throw new Error(`nothing to put in for ${name}`);
    return values[name];
  }));
}

async function assets() {
  const script = await bundle('app.js');
  const style = await bundle('style.css');
  const icon = Buffer.from(source('icon.svg'));
  const scriptPath = `/app-${hash(script)}.js`;
  const stylePath = `/style-${hash(style)}.css`;
  const page = fill(source('index.html'), { script: scriptPath, style: stylePath });
  const manifest = Buffer.from(source('manifest.webmanifest'));
  const worker = fill(source('sw.js'), {
    version: hash(Buffer.concat([page, script, style, icon, manifest])),
    shell: JSON.stringify(['/', scriptPath, stylePath, '/icon.svg', '/manifest.webmanifest']),
  });
  const javascript = 'text/javascript; charset=utf-8';
  return [
    { path: '/index.html', type: 'text/html; charset=utf-8', bytes: page, first: true },
    { path: scriptPath, type: javascript, bytes: script, first: true, immutable: true },
    { path: stylePath, type: 'text/css; charset=utf-8', bytes: style, first: true, immutable: true },
    { path: '/icon.svg', type: 'image/svg+xml', bytes: icon, first: true },
    { path: '/manifest.webmanifest', type: 'application/manifest+json', bytes: manifest, first: true },
    { path: '/sw.js', type: javascript, bytes: worker, first: true },
  ].map(asset => ({ ...asset, gz: gzipSync(asset.bytes, { level: 9 }) }));
}

function weigh(list) {
  let first = 0;
  for (const asset of list) {
    if (asset.first) first += asset.gz.length;
    console.log(`${String(asset.gz.length).padStart(7)} gz ${String(asset.bytes.length).padStart(7)}  ${asset.path}`);
  }
  console.log(`${String(first).padStart(7)} gz          first visit`);
  const script = list.find(asset => asset.path.startsWith('/app-'));
  if (script.gz.length > SCRIPT_GZ_BYTES_MAX) throw new Error(`script above ${SCRIPT_GZ_BYTES_MAX} bytes gz`);
  if (first > FIRST_VISIT_GZ_BYTES_MAX) throw new Error(`first visit above ${FIRST_VISIT_GZ_BYTES_MAX} bytes gz`);
}

function array(name, bytes) {
  const rows = [];
  for (let i = 0; i < bytes.length; i += 24) rows.push('    ' + [...bytes.subarray(i, i + 24)].join(',') + ',');
  return `static const unsigned char ${name}[] = {\n${rows.join('\n')}\n};\n`;
}

function toC(list) {
  const parts = ['/* Made by web/build.mjs: the app as the gateway serves it. */\n#include "gateway/assets.h"\n'];
  list.forEach((asset, i) => parts.push(array(`raw_${i}`, asset.bytes), array(`gz_${i}`, asset.gz)));
  parts.push('const struct asset assets[] = {');
  list.forEach((asset, i) => parts.push(
    `    {"${asset.path}", "${asset.type}", "\\"${hash(asset.bytes)}\\"", gz_${i}, sizeof gz_${i}, raw_${i}, sizeof raw_${i}, ` +
    `${asset.immutable ? 'true' : 'false'}},`));
  parts.push('};', 'const size_t assets_count = sizeof assets / sizeof assets[0];', '');
  return parts.join('\n');
}

const [target, directory] = process.argv.slice(2);
if (!target) throw new Error('usage: node build.mjs assets.c [directory]');
const list = await assets();
weigh(list);
mkdirSync(dirname(target), { recursive: true });
writeFileSync(target, toC(list));
if (directory) {
  mkdirSync(directory, { recursive: true });
  for (const asset of list) writeFileSync(join(directory, asset.path), asset.bytes);
}
