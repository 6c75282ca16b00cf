/** What a failed file call throws, as Node does, and what ends a process in the middle of one. */
import { constants } from 'node:os';

export class FileError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  /** Without a stack: they are ordinary answers, and many. */
  constructor(code: string, syscall: string, path: string) {
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    super(`${code}: ${syscall} '${path}'`);
    Error.stackTraceLimit = stackTraceLimit;
    this.code = code;
    this.errno = -((constants.errno as Record<string, number>)[code] ?? 5);
    this.syscall = syscall;
  }
}

/** Thrown by every call of a process that was killed: it has no code, so nobody takes it for an answer of the file system. */
export class Killed extends Error {
  constructor() {
    super('the process was killed');
  }
}
