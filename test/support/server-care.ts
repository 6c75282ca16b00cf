/** The commands of care of a server that tests run, as processes of their own beside it. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { expect } from 'vitest';
import { projectRoot, run, until, type RunResult } from '../../scripts/harness/processes.mjs';
import { firstMismatch } from '../../src/cli/client/document-check.js';
import { JSON_SHAPES, type SchemaName } from '../../src/cli/table/json-shapes.js';

const PROGRAM = join(projectRoot, 'bin', 'fsync.js');

export interface CareOfServer {
  /** `fsync server …` with the server's folder; any exit status is a result. */
  run(...words: readonly string[]): Promise<RunResult>;
  /** The document that it prints, checked against its documented shape. */
  json(schema: SchemaName, words: readonly string[], code?: number): Promise<Readonly<Record<string, unknown>>>;
  /** Starts it and kills it with SIGKILL once `isTime`; true when it was still running then. */
  killAt(words: readonly string[], isTime: () => boolean): Promise<boolean>;
}

export function careOf(server: { readonly dataDir: string; readonly home: string }, env: NodeJS.ProcessEnv = {}): CareOfServer {
  const environment = { FSYNC_HOME: server.home, NO_COLOR: '1', FSYNC_DATA_DIR: server.dataDir, ...env };
  const care: CareOfServer = {
    run: (...words) => run(process.execPath, [PROGRAM, 'server', ...words], { cwd: projectRoot, env: environment, timeoutMs: 120_000 }),

    async json(schema, words, code = 0) {
      const result = await care.run(...words, '--json');
      expect({ code: result.code, stderr: result.code === code ? '' : result.stderr }).toEqual({ code, stderr: '' });
      expect(result.stdout.trimEnd().split('\n')).toHaveLength(1);
      const document = JSON.parse(result.stdout) as Record<string, unknown>;
      expect([document['schema'], firstMismatch(JSON_SHAPES[schema], document)]).toEqual([schema, null]);
      return document;
    },

    async killAt(words, isTime) {
      const child = spawn(process.execPath, [PROGRAM, 'server', ...words], {
        cwd: projectRoot,
        env: { ...process.env, ...environment },
        stdio: 'ignore',
      });
      const ended = once(child, 'exit');
      await until('it is time to kill it', () => child.exitCode !== null || isTime(), { timeoutMs: 60_000, everyMs: 2 });
      const wasRunning = child.exitCode === null && child.kill('SIGKILL');
      await ended;
      return wasRunning && child.signalCode === 'SIGKILL';
    },
  };
  return care;
}
