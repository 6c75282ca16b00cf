/** What pool and worker say to each other. Errors lose their class on the way, so they travel as plain data. */
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../../core/base/errors.js';

export interface JobMessage {
  readonly job: number;
  readonly task: string;
  readonly input: unknown;
  /** One Int32 shared with the pool: the number of the newest job that was given up. */
  readonly stop: SharedArrayBuffer;
}

export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hints: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
}

export type ReplyMessage =
  | { readonly kind: 'progress'; readonly job: number; readonly amount: number }
  | { readonly kind: 'done'; readonly job: number; readonly output: unknown }
  | { readonly kind: 'failed'; readonly job: number; readonly error: ErrorMessage };

const CODE_OF_ERRNO: Readonly<Record<string, ErrorCode>> = { ENOSPC: 'disk_full', EDQUOT: 'disk_full', EFBIG: 'disk_full' };

/** Errors of system calls become disk_full or io_error; everything else that is no FsyncError is a bug. */
export function toErrorMessage(error: unknown): ErrorMessage {
  if (error instanceof FsyncError) return { code: error.code, message: error.message, hints: error.hints, details: error.details };
  const message = error instanceof Error ? error.message : String(error);
  const errno = error instanceof Error && 'errno' in error && 'code' in error ? error.code : null;
  if (typeof errno === 'string') return { code: CODE_OF_ERRNO[errno] ?? 'io_error', message, hints: [], details: { errno } };
  return { code: 'internal', message, hints: [], details: error instanceof Error ? { stack: error.stack ?? '' } : {} };
}

export function fromErrorMessage({ code, message, hints, details }: ErrorMessage): FsyncError {
  return new FsyncError(code in ERROR_TABLE ? code : 'internal', message, { hints, details });
}
