// @ts-check
/** Deterministic test data, and the check that two folders hold the same bytes. */
import { createCipheriv, createHash } from 'node:crypto';
import { closeSync, lstatSync, mkdirSync, openSync, readdirSync, readSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

const MIB = 2 ** 20;

/** A seeded stream of incompressible bytes and of numbers. @param {string} seed */
export function createStream(seed) {
  const cipher = createCipheriv('aes-256-ctr', createHash('sha256').update(`bench:${seed}`).digest(), Buffer.alloc(16));
  const bytes = (/** @type {number} */ size) => cipher.update(Buffer.alloc(size));
  const unit = () => (bytes(4).readUInt32LE() + 0.5) / 2 ** 32;
  return { bytes, unit, below: (/** @type {number} */ limit) => Math.floor(unit() * limit) };
}

/** `count` files of log-normal size, `total` bytes together, ten directories to a parent. @param {string} folder @param {{ count: number, total: number }} size */
export function makeSmallFiles(folder, { count, total }) {
  const stream = createStream('small');
  const directories = Math.max(10, Math.round(count / 20));
  const typical = Math.min(4096, total / count / 2);
  const sigma = Math.sqrt(2 * Math.log(total / count / typical));
  const directory = (/** @type {number} */ i) => path.join(folder, `p${Math.floor(i / 10)}`, `d${i}`);
  for (let i = 0; i < directories; i++) mkdirSync(directory(i), { recursive: true });
  for (let i = 0; i < count; i++) {
    const normal = Math.sqrt(-2 * Math.log(stream.unit())) * Math.cos(2 * Math.PI * stream.unit());
    const size = Math.max(1, Math.min(8 * MIB, Math.round(typical * Math.exp(sigma * normal))));
    writeFileSync(path.join(directory(i % directories), `file-${i}.bin`), stream.bytes(size));
  }
}

/** @param {string} file @param {number} size */
export function makeBigFile(file, size) {
  mkdirSync(path.dirname(file), { recursive: true });
  const stream = createStream('big');
  const descriptor = openSync(file, 'w');
  for (let left = size; left > 0; left -= 4 * MIB) writeSync(descriptor, stream.bytes(Math.min(left, 4 * MIB)));
  closeSync(descriptor);
}

/** Source-like text in files of about 100 KiB; gzip shrinks it about five times. @param {string} folder @param {number} total */
export function makeText(folder, total) {
  const stream = createStream('text');
  const syllables = [
    'get',
    'set',
    'node',
    'file',
    'read',
    'sync',
    'hash',
    'list',
    'map',
    'key',
    'user',
    'path',
    'item',
    'state',
    'chunk',
    'index',
  ];
  const syllable = () => syllables[stream.below(syllables.length)] ?? '';
  const words = Array.from({ length: 4000 }, () => `${syllable()}${syllable()}${stream.below(3) === 0 ? stream.below(100) : ''}`);
  const word = () => words[Math.floor(words.length ** stream.unit()) - 1] ?? 'it';
  const lines = [
    () => `  const ${word()} = await this.${word()}(${word()}, ${word()});`,
    () => `  if (${word()}.${word()} !== ${stream.below(1000)}) return ${word()};`,
    () => `export function ${word()}(${word()}: string, ${word()}: number): ${word()} {`,
    () => `  // ${word()} must hold ${word()} until ${word()} has been ${word()}`,
    () => '}',
  ];
  for (let made = 0, i = 0; made < total; i++) {
    let text = '';
    while (text.length < 100 * 1024) text += `${lines[stream.below(lines.length)]?.() ?? ''}\n`;
    const directory = path.join(folder, `mod${i % 50}`);
    mkdirSync(directory, { recursive: true });
    writeFileSync(path.join(directory, `source${i}.ts`), text);
    made += text.length;
  }
}

const OWN = new Set(['.fsync', '.stfolder', '.stversions']);

/** Calls `visit` with each file below a folder, but not those of the sync programs themselves. @param {string} folder @param {(relative: string) => void} visit */
export function walkFiles(folder, visit, relative = '') {
  for (const entry of readdirSync(path.join(folder, relative), { withFileTypes: true })) {
    if (relative === '' && OWN.has(entry.name)) continue;
    const child = relative === '' ? entry.name : `${relative}/${entry.name}`;
    if (entry.isDirectory()) walkFiles(folder, visit, child);
    else visit(child);
  }
}

/** Names and sizes, independent of order: a cheap "looks complete". @param {string} folder */
export function outline(folder) {
  let count = 0;
  let mix = 0;
  walkFiles(folder, (relative) => {
    let hash = lstatSync(path.join(folder, relative)).size | 0;
    for (let i = 0; i < relative.length; i++) hash = (hash * 31 + relative.charCodeAt(i)) | 0;
    count += 1;
    mix = (mix + hash) | 0;
  });
  return `${count}:${mix}`;
}

/** SHA-256 over the path and bytes of every file. @param {string} folder */
export function digest(folder) {
  /** @type {string[]} */
  const files = [];
  walkFiles(folder, (relative) => files.push(relative));
  const all = createHash('sha256');
  const buffer = Buffer.alloc(4 * MIB);
  for (const relative of files.sort()) {
    const hash = createHash('sha256');
    const descriptor = openSync(path.join(folder, relative), 'r');
    for (let read; (read = readSync(descriptor, buffer, 0, buffer.length, null)) > 0;) hash.update(buffer.subarray(0, read));
    closeSync(descriptor);
    all.update(`${relative}\0`).update(hash.digest());
  }
  return all.digest('hex');
}
