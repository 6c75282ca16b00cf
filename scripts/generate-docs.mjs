#!/usr/bin/env node
/** Writes the manual and the completions from the command table; with --check says which are stale. Needs a build. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { bashCompletion } from '../dist/cli/docs/completion-bash.js';
import { fishCompletion } from '../dist/cli/docs/completion-fish.js';
import { zshCompletion } from '../dist/cli/docs/completion-zsh.js';
import { manPages } from '../dist/cli/docs/man-pages.js';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '..');
const wanted = new Map([
  ...[...manPages({ protocol: read('docs/protocol.md') ?? '' })].map(([name, text]) => [`man/${name}`, text]),
  ['completions/fsync.bash', bashCompletion()],
  ['completions/_fsync', zshCompletion()],
  ['completions/fsync.fish', fishCompletion()],
]);
const present = ['man', 'completions'].flatMap((folder) => filesOf(folder).map((name) => `${folder}/${name}`));
const stale = [
  ...[...wanted].filter(([file, text]) => read(file) !== text).map(([file]) => file),
  ...present.filter((file) => !wanted.has(file)),
];

if (process.argv.includes('--check')) {
  for (const file of stale) console.error(`stale: ${file}`);
  if (stale.length > 0) console.error('Run: npm run build && node scripts/generate-docs.mjs');
  process.exit(stale.length > 0 ? 1 : 0);
}
for (const file of stale) {
  const text = wanted.get(file);
  mkdirSync(path.join(root, path.dirname(file)), { recursive: true });
  if (text === undefined) rmSync(path.join(root, file));
  else writeFileSync(path.join(root, file), text);
  console.log(`${text === undefined ? 'removed' : 'wrote'} ${file}`);
}

function filesOf(folder) {
  try {
    return readdirSync(path.join(root, folder));
  } catch (error) {
    if (error.code === 'ENOENT') return [];
    throw error;
  }
}

function read(file) {
  try {
    return readFileSync(path.join(root, file), 'utf8');
  } catch (error) {
    if (error.code === 'ENOENT') return null;
    throw error;
  }
}
