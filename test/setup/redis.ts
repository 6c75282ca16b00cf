/** Redis for the tests: the one on localhost, or a scratch server from the installed program. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import net from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { endProcess, findProgram, freePort, waitFor } from './local-server.js';
import type { StartedService } from './services.js';

export async function findRedis(): Promise<string | null> {
  try {
    await ping(6379);
    return 'redis://127.0.0.1:6379';
  } catch (error) {
    if (error instanceof Error) return null;
    throw error;
  }
}

/** null when Redis is not installed. */
export async function startRedis(): Promise<StartedService | null> {
  const program = findProgram('redis-server');
  if (program === null) return null;
  const folder = mkdtempSync(path.join(tmpdir(), 'fsync-test-redis-'));
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no', '--dir', folder];
  const child = spawn(program, options, { stdio: 'ignore' });
  await waitFor('Redis', () => ping(port));
  return {
    url: `redis://127.0.0.1:${port}`,
    stop: async () => {
      await endProcess(child);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function ping(port: number): Promise<void> {
  const socket = net.connect(port, '127.0.0.1');
  socket.setTimeout(2_000, () => socket.destroy(new Error('no answer')));
  try {
    await once(socket, 'connect');
    socket.write('PING\r\n');
    const [data] = (await once(socket, 'data')) as [Buffer];
    if (!data.toString().startsWith('+PONG')) throw new Error('not Redis');
  } finally {
    socket.destroy();
  }
}
