/** Turns lines of the daemon's reply into events, results and errors: unknown JSON in, checked values out. */
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../../core/base/errors.js';
import type { IpcEvent, IpcMethod, IpcResult, StatusDocument } from '../../core/protocol/ipc.js';
import { JSON_SHAPES, type SchemaName } from '../table/json-shapes.js';
import { firstMismatch } from './document-check.js';

export type ReplyLine =
  | { readonly kind: 'event'; readonly event: IpcEvent }
  | { readonly kind: 'result'; readonly result: unknown }
  | { readonly kind: 'error'; readonly error: FsyncError };

/** null for a line that a newer daemon may send and that can be skipped. @throws FsyncError internal */
export function parseReplyLine(line: string): ReplyLine | null {
  const value = parseJsonObject(line);
  if (Object.hasOwn(value, 'result')) return { kind: 'result', result: value['result'] };
  if (Object.hasOwn(value, 'error')) return { kind: 'error', error: parseIpcError(value['error']) };
  const event = value['event'];
  return isIpcEvent(event) ? { kind: 'event', event } : null;
}

/** The schema of the document that a call returns; null where the result carries none. */
const RESULT_SCHEMAS: { readonly [M in IpcMethod]: SchemaName | null } = {
  'daemon.status': 'fsync/daemon-status/1',
  'daemon.stop': null,
  'account.register': 'fsync/register/1',
  'account.login': 'fsync/whoami/1',
  'account.logout': null,
  'account.whoami': 'fsync/whoami/1',
  'device.list': 'fsync/device-list/1',
  'device.rename': 'fsync/device-rename/1',
  'device.revoke': 'fsync/device-revoke/1',
  'account.lookup': null,
  'vault.members': 'fsync/members/1',
  'vault.share': 'fsync/share/1',
  'vault.unshare': 'fsync/unshare/1',
  'token.create': 'fsync/token-create/1',
  'token.list': 'fsync/token-list/1',
  'token.revoke': 'fsync/token-revoke/1',
  'vault.list': 'fsync/vaults/1',
  'vault.init': 'fsync/status/1',
  'vault.clone': 'fsync/status/1',
  'vault.detach': null,
  'vault.status': 'fsync/status/1',
  'vault.pause': null,
  'vault.resume': null,
  'vault.sync': 'fsync/status/1',
  'vault.wait-for-devices': 'fsync/status/1',
  'vault.log': 'fsync/log/1',
  'vault.why': 'fsync/why/1',
  'vault.verify': 'fsync/verify/1',
  'vault.delete': null,
  'daemon.diagnose': null,
  'vault.ls': 'fsync/ls/1',
  'vault.show': null,
  'vault.diff': null,
  'vault.restore': 'fsync/restore/1',
  'vault.undo': 'fsync/undo/1',
  'vault.resolve': 'fsync/resolve/1',
  'guard.show': 'fsync/guard/1',
  'guard.decide': 'fsync/guard/1',
  'config.reload': null,
};

/** @throws FsyncError internal when the daemon answered something else than documented */
export function parseResult<M extends IpcMethod>(method: M, value: unknown): IpcResult<M> {
  const schema = RESULT_SCHEMAS[method];
  if (schema !== null) parseDocument(schema, value);
  else if (typeof value !== 'object' || value === null) throw notUnderstood(`${method} returned no object`);
  return value as IpcResult<M>;
}

/** @throws FsyncError internal */
export function parseStatusDocument(value: unknown): StatusDocument {
  return parseResult('vault.status', value);
}

/** @throws FsyncError internal */
function parseDocument(schema: SchemaName, value: unknown): void {
  const found = isObject(value) ? value['schema'] : null;
  if (!isObject(value) || found !== schema) throw notUnderstood(`expected a document ${schema}`);
  const mismatch = firstMismatch(JSON_SHAPES[schema], value);
  if (mismatch !== null) throw notUnderstood(`${schema}: unexpected ${mismatch}`);
}

/** @throws FsyncError internal */
export function parseJsonObject(text: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(text);
    if (isObject(value)) return value;
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
  }
  throw notUnderstood('a line is not a JSON object');
}

/** An error as it came over a process border; an unknown code of a newer program becomes 'internal'. */
export function parseIpcError(value: unknown): FsyncError {
  if (!isObject(value)) throw notUnderstood('an error without content');
  const { code, message, hints, details } = value;
  return new FsyncError(isErrorCode(code) ? code : 'internal', typeof message === 'string' ? message : 'the daemon reported an error', {
    hints: Array.isArray(hints) ? hints.filter((hint) => typeof hint === 'string') : [],
    details: isObject(details) ? details : {},
  });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_TABLE, code);
}

function isIpcEvent(value: unknown): value is IpcEvent {
  if (!isObject(value)) return false;
  if (value['kind'] === 'phase' || value['kind'] === 'warning') return typeof value['text'] === 'string';
  if (value['kind'] === 'transfer') return isProgress('transfer', value['transfer']);
  return value['kind'] === 'work' && typeof value['verb'] === 'string' && isProgress('reading', value['progress']);
}

/** As the part of a status document of that name. */
function isProgress(name: 'transfer' | 'reading', value: unknown): boolean {
  const fields = Object.entries(JSON_SHAPES['fsync/status/1']).filter(([path]) => path.startsWith(`${name}.`));
  return isObject(value) && firstMismatch(Object.fromEntries(fields), { [name]: value }) === null;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function notUnderstood(why: string): FsyncError {
  return new FsyncError('internal', `the daemon's answer is not understood: ${why}`, {
    hints: ['The daemon may be of another version. Restart it: fsync daemon restart'],
  });
}
