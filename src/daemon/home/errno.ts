/** Reads the error code of a system call from what was thrown. */

/** 'ENOENT', 'EACCES' …, or null when `error` did not come from a system call. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : null;
}
