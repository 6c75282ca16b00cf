/** A failure as the person sees it: what went wrong, then what to do about it, and the exit code. */
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../core/base/errors.js';
import { USUAL_HINTS } from '../core/base/usual-hints.js';
import { red, type Text } from './output/text.js';

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
