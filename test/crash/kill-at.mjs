// @ts-check
/**
 * Loaded into a daemon or a server before its own code (`node --import`): kills the process with
 * SIGKILL at the n-th call of one function, just before or just after it. What to do comes in
 * FSYNC_KILL_AT as `CALL:before|after:N`; other programs that inherit the variable are left alone.
 * With FSYNC_STOP_ONCE, the name of a file, it is SIGSTOP, and calls count once that file is there.
 * Product code knows nothing of it. Threads count for themselves.
 */
import fs from 'node:fs';
import { open } from 'node:fs/promises';
import http from 'node:http';
import { createRequire, syncBuiltinESMExports } from 'node:module';

const [call = '', moment = '', count = ''] = (process.env['FSYNC_KILL_AT'] ?? '').split(':');
/** A worker has another program, but the command line of its process is that of the whole. */
const program = fs.readFileSync('/proc/self/cmdline', 'utf8').replaceAll('\0', ' ');
if (call !== '' && (/fsyncd\.js/.test(program) || /fsync\.js server /.test(program))) await arm();

/** The functions by name: where each is found, to be put around. */
async function arm() {
  const require = createRequire(import.meta.url);
  const file = await open(process.execPath, 'r');
  const handles = Object.getPrototypeOf(file);
  await file.close();
  const Database = require('better-sqlite3');
  /** @type {Record<string, () => void>} */
  const points = {
    commit: () => aroundCommits(Database),
    sync: () => surround(handles, 'sync'),
    request: () => surround(http, 'request'),
    answer: () => surround(http.ServerResponse.prototype, 'end'),
    renameat2: () => aroundNative(require('koffi'), 'renameat2'),
    syncfs: () => aroundNative(require('koffi'), 'syncfs'),
  };
  const arming = points[call] ?? (() => surround(fs, call));
  arming();
  syncBuiltinESMExports();
}

let calls = 0;
const armedBy = process.env['FSYNC_STOP_ONCE'] ?? null;
const { existsSync } = fs;
let isArmed = armedBy === null;

/**
 * @template Result
 * @param {() => Result} work
 * @returns {Result}
 */
function hit(work) {
  isArmed ||= existsSync(armedBy ?? '');
  if (!isArmed) return work();
  calls += 1;
  const isIt = calls === Number(count);
  if (isIt && moment === 'before') die();
  const result = work();
  if (!isIt) return result;
  if (result instanceof Promise) return /** @type {Result} */ (result.finally(die));
  die();
  return result;
}

function die() {
  process.kill(process.pid, armedBy === null ? 'SIGKILL' : 'SIGSTOP');
}

/**
 * @param {any} owner
 * @param {string} name
 */
function surround(owner, name) {
  const original = owner[name];
  if (typeof original !== 'function') throw new Error(`nothing to be killed at: ${name}`);
  owner[name] = function (/** @type {unknown[]} */ ...parameters) {
    return hit(() => original.apply(this, parameters));
  };
}

/** Transactions of the state database, and the COMMIT that the server's query builder prepares. @param {any} Database */
function aroundCommits(Database) {
  const { transaction, prepare } = Database.prototype;
  Database.prototype.transaction = function (/** @type {(...given: unknown[]) => unknown} */ work) {
    const variants = transaction.call(this, work);
    const immediate = (/** @type {unknown[]} */ ...given) => hit(() => variants.immediate(...given));
    return Object.assign((/** @type {unknown[]} */ ...given) => hit(() => variants(...given)), { immediate });
  };
  Database.prototype.prepare = function (/** @type {string} */ text) {
    const statement = prepare.call(this, text);
    if (/^\s*commit/i.test(text)) surround(statement, 'run');
    return statement;
  };
}

/** A call that is looked up in the C library. @param {any} koffi @param {string} name */
function aroundNative(koffi, name) {
  const { load } = koffi;
  koffi.load = (/** @type {unknown} */ library) => {
    const loaded = load(library);
    const find = loaded.func.bind(loaded);
    return {
      func(/** @type {string} */ prototype) {
        const native = find(prototype);
        if (!prototype.includes(`${name}(`)) return native;
        return (/** @type {unknown[]} */ ...parameters) => hit(() => native(...parameters));
      },
    };
  };
}
