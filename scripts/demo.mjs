#!/usr/bin/env node
/**
 * A server, two devices and one shared folder, all on this machine and all through the command line.
 *
 *   npm run demo [-- DIR]      shares DIR (default: a folder with a few sample files) until Ctrl-C
 *   npm run demo -- --check    plays a short day on both sides and verifies it; exits 0 or 1
 */
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { projectRoot } from './harness/processes.mjs';
import { build, installIfMissing } from './install.mjs';

const { values, positionals } = parseArgs({ allowPositionals: true, options: { check: { type: 'boolean' } } });
installIfMissing(projectRoot);
build(projectRoot);

const { createInstallation } = await import('./harness/installation.mjs');
const { startServer } = await import('./harness/server-process.mjs');
const { checkBothSides } = await import('./demo/check.mjs');
const { showLive } = await import('./demo/live.mjs');

const base = mkdtempSync(path.join(tmpdir(), 'fsync-demo-'));
const password = randomUUID();
const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => stop.abort());

/** What to undo, newest first. */
const undo = [];
let status = 0;
try {
  await Promise.race([demo(), once(stop.signal, 'abort')]);
} catch (error) {
  if (!stop.signal.aborted) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    status = 1;
  }
} finally {
  for (const step of undo.reverse()) await step().catch((error) => console.error(`demo: while stopping: ${error.message}`));
  rmSync(base, { recursive: true, force: true, maxRetries: 5 });
}
process.exit(status);

async function demo() {
  const folders = { laptop: sharedFolder(), desktop: path.join(base, 'desktop', 'notes') };
  const server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') });
  undo.push(() => server.stop());
  say(`server     ${server.url}  (SQLite and a folder, in ${server.dataDir})`);

  const [laptop, desktop] = ['laptop', 'desktop'].map((name) =>
    createInstallation({ name, home: path.join(base, `home-${name}`), password }),
  );
  for (const device of [laptop, desktop]) undo.push(() => device.dispose());

  await laptop.must(['register', '--server', server.url, '--user', 'demo', '--device', 'laptop']);
  await laptop.must(['init', folders.laptop, '--name', 'notes']);
  undo.push(() => laptop.must(['detach', folders.laptop]));
  await laptop.sync(folders.laptop);
  say(`laptop     ${folders.laptop}  (account demo, vault notes)`);

  await desktop.must(['login', '--server', server.url, '--user', 'demo', '--device', 'desktop']);
  await desktop.must(['clone', 'notes', folders.desktop]);
  await desktop.sync(folders.desktop);
  say(`desktop    ${folders.desktop}`);

  const sides = [
    { device: laptop, folder: folders.laptop },
    { device: desktop, folder: folders.desktop },
  ];
  if (values.check) await checkBothSides({ sides, server, signal: stop.signal, say });
  else await showLive({ sides, signal: stop.signal, say });
}

function say(line) {
  console.log(line);
}

/** The folder that is shared: the one asked for, or a few sample files. */
function sharedFolder() {
  if (positionals[0] !== undefined) return path.resolve(positionals[0]);
  const folder = path.join(base, 'laptop', 'notes');
  mkdirSync(path.join(folder, 'recipes'), { recursive: true });
  writeFileSync(path.join(folder, 'todo.md'), '# To do\n\n- water the plants\n- write to Ada\n');
  writeFileSync(path.join(folder, 'recipes', 'bread.md'), 'Flour, water, salt, time.\n');
  writeFileSync(path.join(folder, 'recipes', 'soup.md'), 'Whatever is left, and pepper.\n');
  writeFileSync(path.join(folder, 'numbers.bin'), Buffer.from(Array.from({ length: 300_000 }, (_, i) => (i * i) & 255)));
  return folder;
}
