/** A failure as the person sees it: what went wrong, then what to do about it, and the exit code. */
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../core/base/errors.js';
import { red, type Text } from './output/text.js';

/** Said when the error brings no hint of its own. */
const USUAL_HINTS: Readonly<Record<ErrorCode, string>> = {
  usage: 'See how it is used: fsync help',
  invalid_input: 'See how it is used: fsync help',
  not_found: 'See what there is: fsync vaults, fsync status',
  not_a_vault: 'Make the folder a vault with fsync init, or attach it to one with fsync clone.',
  already_exists: 'Choose another name.',
  payload_too_large: 'Split it into smaller parts.',
  unsupported_media: 'The server may be of another version: update fsync on both sides.',
  method_not_allowed: 'The server may be of another version: update fsync on both sides.',
  behind: 'Run the command again.',
  name_taken: 'Run the command again.',
  chunks_missing: 'Run the command again.',
  path_changed: 'Run the command again.',
  not_in_sync: 'See what waits: fsync status',
  paused: 'Go on with: fsync resume',
  unresolved_conflicts: 'See them with fsync status, settle them with fsync resolve.',
  history_changed: 'The history on the server is not the one known here. See what it means and decide: fsync guard show',
  cursor_expired: 'Attach the folder anew: fsync detach, then fsync clone.',
  guarded: 'See what is held back and decide: fsync guard show',
  daemon_unreachable: 'See its log: fsync daemon logs',
  server_unreachable: 'Check the address and the network; what was changed is kept and sent later.',
  tls_refused: 'Check the certificate of the server, or give its authority with --ca-file.',
  timed_out: 'The daemon goes on; see fsync status, or wait longer with --timeout.',
  rate_limited: 'Wait a minute and run the command again.',
  unavailable: 'Run the command again in a while.',
  aborted: 'Nothing is left half-done; run the command again to go on.',
  not_signed_in: 'Sign in with fsync login, or make an account with fsync register.',
  wrong_password: 'Try again; check the user name and the server as well.',
  session_expired: 'Sign in again: fsync login',
  forbidden: 'Ask the owner of the vault for access.',
  key_store_unavailable: 'Set FSYNC_KEY_PASSPHRASE, or allow a plain key file with --insecure-key-file.',
  integrity: 'Nothing of it was applied. See fsync status, and tell who runs the server.',
  bad_signature: 'Nothing of it was applied. See fsync status, and tell who runs the server.',
  key_mismatch: 'Nothing of it was applied. Compare with another device before going on.',
  broken_chain: 'Nothing of it was applied. See fsync status, and tell who runs the server.',
  rollback: 'The server went back in time. See what it means and decide: fsync guard show',
  counter_reused: 'Sign this device in again: fsync logout, then fsync login.',
  unsupported_version: 'Update fsync; if it is new already, run fsync daemon restart.',
  limit_exceeded: 'Nothing of it was applied. See the log: fsync daemon logs',
  disk_full: 'Make room and run the command again.',
  quota_exceeded: 'Remove something large, or ask who runs the server for more.',
  io_error: 'See the log: fsync daemon logs',
  internal: 'This is a fault of fsync. Run it again with --debug and report what it prints.',
};

export interface ErrorReport {
  readonly lines: readonly Text[];
  readonly exit: number;
}

export function reportError(error: unknown, options: { readonly debug: boolean }): ErrorReport {
  const known = asFsyncError(error);
  const hints = known.hints.length > 0 ? known.hints : [USUAL_HINTS[known.code]];
  return {
    lines: [[red('fsync:'), ` ${known.message}`], ...hints, ...(options.debug ? stackLines(known) : [])],
    exit: known.kind.exit,
  };
}

/**
 * An error of a program that this one launched is of its own copy of the class: it is known by its
 * name and code.
 */
function asFsyncError(error: unknown): FsyncError {
  if (error instanceof FsyncError) return error;
  if (!(error instanceof Error) || error.name !== 'FsyncError' || !('code' in error) || !isErrorCode(error.code)) return asInternal(error);
  const hints = 'hints' in error && Array.isArray(error.hints) ? error.hints.filter((hint) => typeof hint === 'string') : [];
  return new FsyncError(error.code, error.message, { hints, cause: error });
}

function isErrorCode(code: unknown): code is ErrorCode {
  return typeof code === 'string' && Object.hasOwn(ERROR_TABLE, code);
}

function asInternal(error: unknown): FsyncError {
  const message = error instanceof Error ? error.message : String(error);
  return new FsyncError('internal', message === '' ? 'unknown failure' : message, { cause: error });
}

/** The stack of the error and of each of its causes. */
function stackLines(error: Error): readonly string[] {
  const lines = (error.stack ?? error.message).split('\n');
  return error.cause instanceof Error ? [...lines, 'Caused by:', ...stackLines(error.cause)] : lines;
}
