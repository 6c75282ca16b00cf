/**
 * The one error type and its closed table. A code decides the category, whether trying again can
 * help, the exit status of the command line and the HTTP status of the server.
 */

export type ErrorCategory = 'user' | 'conflict' | 'network' | 'auth' | 'integrity' | 'storage' | 'bug';

interface ErrorKind {
  readonly category: ErrorCategory;
  /** The same request may succeed later without anything being changed. */
  readonly retryable: boolean;
  /** Exit status of the command line. */
  readonly exit: number;
  /** HTTP status of the server's and the daemon's replies. */
  readonly http: number;
}

const kind = (category: ErrorCategory, retryable: boolean, exit: number, http: number): ErrorKind => ({ category, retryable, exit, http });

export const ERROR_TABLE = {
  // user
  usage: kind('user', false, 2, 400),
  invalid_input: kind('user', false, 2, 422),
  not_found: kind('user', false, 4, 404),
  not_a_vault: kind('user', false, 4, 404),
  already_exists: kind('user', false, 1, 409),
  payload_too_large: kind('user', false, 1, 413),
  unsupported_media: kind('user', false, 1, 415),
  method_not_allowed: kind('user', false, 1, 405),
  // conflict
  behind: kind('conflict', true, 1, 409),
  name_taken: kind('conflict', true, 1, 409),
  chunks_missing: kind('conflict', true, 1, 409),
  path_changed: kind('conflict', true, 1, 409),
  not_in_sync: kind('conflict', true, 12, 409),
  paused: kind('conflict', false, 1, 409),
  unresolved_conflicts: kind('conflict', false, 3, 409),
  history_changed: kind('conflict', false, 10, 412),
  cursor_expired: kind('conflict', false, 10, 410),
  guarded: kind('conflict', false, 10, 409),
  // network
  daemon_unreachable: kind('network', true, 5, 503),
  server_unreachable: kind('network', true, 7, 503),
  tls_refused: kind('network', false, 7, 502),
  timed_out: kind('network', true, 8, 504),
  rate_limited: kind('network', true, 7, 429),
  unavailable: kind('network', true, 7, 503),
  aborted: kind('network', true, 130, 499),
  // auth
  not_signed_in: kind('auth', false, 6, 401),
  wrong_password: kind('auth', false, 6, 401),
  session_expired: kind('auth', false, 6, 401),
  forbidden: kind('auth', false, 6, 403),
  key_store_unavailable: kind('auth', false, 6, 500),
  // integrity
  integrity: kind('integrity', false, 9, 422),
  bad_signature: kind('integrity', false, 9, 422),
  key_mismatch: kind('integrity', false, 9, 422),
  broken_chain: kind('integrity', false, 9, 422),
  rollback: kind('integrity', false, 10, 409),
  counter_reused: kind('integrity', false, 9, 422),
  unsupported_version: kind('integrity', false, 9, 422),
  limit_exceeded: kind('integrity', false, 9, 422),
  // storage
  disk_full: kind('storage', true, 11, 507),
  quota_exceeded: kind('storage', false, 11, 507),
  io_error: kind('storage', true, 1, 500),
  // bug
  internal: kind('bug', false, 1, 500),
} as const satisfies Record<string, ErrorKind>;

export type ErrorCode = keyof typeof ERROR_TABLE;

export interface FsyncErrorOptions {
  readonly cause?: unknown;
  /** What the person can do about it: one sentence each, no secrets. */
  readonly hints?: readonly string[];
  /** Machine-readable extras that go into problem+json: no secrets, no plaintext names. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Every failure that crosses a module border. The message never holds keys, tokens or passwords. */
export class FsyncError extends Error {
  override readonly name = 'FsyncError';
  readonly code: ErrorCode;
  readonly hints: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, options: FsyncErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hints = options.hints ?? [];
    this.details = options.details ?? {};
  }

  get kind(): ErrorKind {
    return ERROR_TABLE[this.code];
  }
}

/** True when `error` is an FsyncError, of one of the given codes if any are given. */
export function isFsyncError(error: unknown, ...codes: readonly ErrorCode[]): error is FsyncError {
  return error instanceof FsyncError && (codes.length === 0 || codes.includes(error.code));
}

/** Closes an exhaustive switch: reached only when a union grew and this place did not. */
export function assertNever(value: never): never {
  throw new FsyncError('internal', `unexpected value: ${JSON.stringify(value)}`);
}
