/** Writes a call's reply: lines of JSON, each flushed as it comes, the last one a result or an error. */
import type { ServerResponse } from 'node:http';
import { ERROR_TABLE, FsyncError, isFsyncError } from '../../core/base/errors.js';
import { VERSION } from '../../core/base/version.js';
import { IPC_VERSION, IPC_VERSION_HEADER, PROGRAM_VERSION_HEADER } from '../../core/protocol/ipc-version.js';
import type { IpcError, IpcEvent, IpcLine } from '../../core/protocol/ipc.js';

export interface LineReply {
  /** An empty line: the call is still at work. */
  beat(): void;
  event(event: IpcEvent): void;
  result(result: unknown): void;
  error(error: unknown): void;
}

/** The HTTP status is that of the error when nothing was written before it, else 200. */
export function createLineReply(response: ServerResponse): LineReply {
  const writeText = (text: string, status: number): void => {
    if (response.destroyed || response.writableEnded) return;
    if (!response.headersSent) {
      response.writeHead(status, {
        'content-type': 'application/x-ndjson',
        'cache-control': 'no-store',
        [IPC_VERSION_HEADER]: String(IPC_VERSION),
        [PROGRAM_VERSION_HEADER]: VERSION,
      });
    }
    response.write(`${text}\n`);
  };
  const write = (line: IpcLine, status: number): void => {
    writeText(JSON.stringify(line), status);
  };
  return {
    beat() {
      writeText('', 200);
    },
    event(event) {
      write({ event }, 200);
    },
    result(result) {
      write({ result }, 200);
      response.end();
    },
    error(error) {
      const described = describe(error);
      write({ error: described }, ERROR_TABLE[described.code].http);
      response.end();
    },
  };
}

/** Foreign errors are bugs: the client sees only that, the log has the rest. */
function describe(error: unknown): IpcError {
  const known = isFsyncError(error)
    ? error
    : new FsyncError('internal', 'the daemon failed unexpectedly', { hints: ['See: fsync daemon logs'] });
  return { code: known.code, message: known.message, hints: known.hints, details: known.details };
}
