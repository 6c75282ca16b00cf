/** What a failed file call throws, as Node does, and what ends a process in the middle of one. */
import { constants } from 'node:os';

export class FileError extends Error {
  readonly code: string;
  readonly errno: number;
  readonly syscall: string;

  constructor(code: string, syscall: string, path: string) {
    super(`${code}: ${syscall} '${path}'`);
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
