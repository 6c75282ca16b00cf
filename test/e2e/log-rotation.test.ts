/** The log of a daemon that works: rotated at its size, kept private, and followed across the rotations without a gap. */
import { spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { expect, it, onTestFinished } from 'vitest';
import { createInstallation } from '../../scripts/harness/installation.mjs';
import { endChild, until } from '../../scripts/harness/processes.mjs';
import { startServer } from '../../scripts/harness/server-process.mjs';
import { callIpc } from '../../src/cli/client/ipc-call.js';
import { requireBuild } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

const LEAST_BYTES = 65_536;
const KEPT = 5;
/** More rotations than files are kept. */
const ROTATIONS = KEPT + 2;
/** Far fewer than fill a file: each rotation is seen. */
const CALLS_AT_ONCE = 50;

it('is rotated while the daemon runs, and fsync daemon logs -f shows each line once', async () => {
  requireBuild();
  const base = tempFolder();
  const server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') });
  onTestFinished(() => server.stop());
  const installation = createInstallation({ name: 'laptop', home: path.join(base, 'home'), password: 'correct horse battery staple' });
  onTestFinished(() => installation.dispose());
  const root = path.join(base, 'folder');
  mkdirSync(root);
  await installation.must(['register', '--server', server.url, '--user', 'ada', '--device', 'laptop']);
  await installation.must(['init', root, '--name', 'notes']);
  await installation.must(['config', 'set', 'log.max-size', String(LEAST_BYTES)]);
  await installation.must(['config', 'set', 'log.level', 'debug']);

  const logs = path.join(installation.home, 'logs');
  const file = path.join(logs, 'daemon.log');
  const followed: string[] = [];
  const follower = spawn(process.execPath, [installation.program, 'daemon', 'logs', '-f', '-n', '0', '--json'], {
    env: { ...process.env, ...installation.environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => endChild(follower));
  createInterface({ input: follower.stdout }).on('line', (line) => followed.push(line));
  // It follows as soon as it has shown a line that was written after it was started.
  await until('the log is followed', async () => {
    await installation.sync(root);
    return followed.length > 0;
  });

  const { socket } = await installation.json(['daemon', 'status']);
  const options = { onEvent: () => undefined, idleTimeoutMs: 10_000, tokenId: null };
  let rotations = 0;
  let newest = statSync(file).ino;
  await until(
    `the log was rotated ${String(ROTATIONS)} times`,
    async () => {
      for (let index = 0; index < CALLS_AT_ONCE; index += 1)
        await callIpc(socket, { method: 'vault.status', params: { root } }, { ...options, signal: new AbortController().signal });
      const { ino } = statSync(file);
      if (ino !== newest) rotations += 1;
      newest = ino;
      if (rotations > 0) return rotations >= ROTATIONS;
      // What changes meanwhile is synced as ever.
      writeFileSync(path.join(root, 'note.txt'), `${String(ino)}\n`);
      return false;
    },
    { timeoutMs: 120_000, everyMs: 1 },
  );
  await installation.sync(root);
  await installation.must(['config', 'set', 'log.level', 'silent']);
  const names = [...[5, 4, 3, 2, 1].map((index) => `daemon.log.${String(index)}`), 'daemon.log'];
  expect(readdirSync(logs).toSorted()).toEqual(names.toSorted());
  for (const name of names) {
    const { size, mode } = statSync(path.join(logs, name));
    expect([name, mode & 0o777]).toEqual([name, 0o600]);
    expect(size).toBeLessThanOrEqual(LEAST_BYTES);
    if (name !== 'daemon.log') expect(size).toBeGreaterThan(LEAST_BYTES / 2);
  }

  const kept = names.flatMap((name) => readFileSync(path.join(logs, name), 'utf8').trimEnd().split('\n').map(keptLine));
  await until('the last line is followed', () => followed.map(shownLine).at(-1) === kept.at(-1));
  expect(kept.length).toBeLessThan(followed.length);
  expect(followed.map(shownLine).slice(-kept.length)).toEqual(kept);
}, 300_000);

/** A line of the file and one of `fsync daemon logs --json` in the same form. */
function keptLine(line: string): string {
  const { level, time, msg, ...fields } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify([time, level, msg, fields]);
}

function shownLine(line: string): string {
  const { at, level, message, fields } = JSON.parse(line) as Record<string, unknown>;
  return JSON.stringify([at, level, message, fields]);
}
