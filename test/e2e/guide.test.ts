/**
 * The guide is true: every command in a `console` block of docs/guide is run on two machines and a
 * real server, and prints what the page says. FSYNC_GUIDE_WRITE=1 puts what it prints into the page.
 */
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { projectRoot, run } from '../../scripts/harness/processes.mjs';
import { startServer } from '../../scripts/harness/server-process.mjs';
import { lasting, parseGuidePage, withPrinted } from '../support/guide-page.js';

const guide = path.join(projectRoot, 'docs', 'guide');
/** Where the server is on the pages. */
const SERVER = 'http://127.0.0.1:8000';
const PASSWORD = 'correct horse battery staple';

class Machine {
  readonly installation: Installation;
  readonly #server: string;
  /** Stands for `/` on the pages. */
  readonly #base: string;
  #cwd: string;

  constructor(name: string, { base, server }: { readonly base: string; readonly server: string }) {
    this.#base = path.join(base, name);
    this.#cwd = path.join(this.#base, 'home', 'ada');
    this.#server = server;
    const env = {
      HOME: this.#cwd,
      FSYNC_DEVICE: name,
      // The machine `server` of the pages is the one that the server runs on.
      FSYNC_DATA_DIR: path.join(base, 'server'),
      FSYNC_KEY_PASSPHRASE: PASSWORD,
      PATH: `${path.join(base, 'bin')}:${process.env['PATH'] ?? ''}`,
    };
    this.installation = createInstallation({ name, home: path.join(this.#base, 'state'), password: PASSWORD, env });
    mkdirSync(this.#cwd, { recursive: true });
  }

  /** As typed into a shell that stays open. @returns what appears, line by line */
  async type(command: string): Promise<readonly string[]> {
    const left = path.join(this.#base, 'left-in');
    const script = `exec 2>&1\n${command.replaceAll(SERVER, this.#server)}\npwd > '${left}'\n`;
    const { stdout } = await run('sh', ['-c', script], { cwd: this.#cwd, env: this.installation.environment });
    this.#cwd = readFileSync(left, 'utf8').trim();
    return stdout.replaceAll(this.#base, '').replaceAll(this.#server, SERVER).split('\n').slice(0, -1);
  }

  /** Whatever is under way arrives before the reader goes on. A paused folder stays as it is. */
  async settle(): Promise<void> {
    if ((await this.installation.daemonPid()) === null) return;
    const { vaults } = await this.installation.json(['daemon', 'status']);
    for (const { root } of vaults) await this.installation.fsync(['sync', root, '--timeout', '30']);
  }
}

async function openMachines(names: ReadonlySet<string>): Promise<ReadonlyMap<string, Machine>> {
  const base = mkdtempSync(path.join(tmpdir(), 'fsync-guide-'));
  mkdirSync(path.join(base, 'bin'));
  writeFileSync(path.join(base, 'bin', 'fsync'), `#!/bin/sh\nexec '${process.execPath}' '${projectRoot}/bin/fsync.js' "$@"\n`);
  chmodSync(path.join(base, 'bin', 'fsync'), 0o755);
  const server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') });
  const machines = new Map([...names].map((name) => [name, new Machine(name, { base, server: server.url })]));
  onTestFinished(async () => {
    for (const { installation } of machines.values()) await installation.dispose();
    await server.stop();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });
  return machines;
}

/** Two machines with the vault `notes` in ~/notes, as at the end of the first page. */
async function haveNotes(machines: ReadonlyMap<string, Machine>): Promise<void> {
  const [laptop, desktop] = [machines.get('laptop'), machines.get('desktop')];
  await laptop?.type(`fsync register --server ${SERVER} --user ada`);
  await laptop?.type('mkdir notes && cd notes && echo "milk, bread" > shopping.md && fsync init');
  await desktop?.type(`fsync login --server ${SERVER} --user ada`);
  await desktop?.type('fsync clone notes && cd notes');
}

const FIRST_PAGE = 'getting-started.md';

describe('the guide', () => {
  it.each(readdirSync(guide).filter((name) => name.endsWith('.md')))('is true: %s', async (name) => {
    const file = path.join(guide, name);
    const page = parseGuidePage(readFileSync(file, 'utf8'));
    const machines = await openMachines(new Set(['laptop', 'desktop', ...page.steps.map(({ machine }) => machine)]));
    if (name !== FIRST_PAGE && page.steps.length > 0) await haveNotes(machines);
    const printed: (readonly string[])[] = [];
    for (const { machine, command } of page.steps) {
      for (const each of machines.values()) await each.settle();
      printed.push((await machines.get(machine)?.type(command)) ?? []);
    }
    if (process.env['FSYNC_GUIDE_WRITE'] === '1') writeFileSync(file, withPrinted(page, printed));
    else
      expect(page.steps.map(({ machine, command }, index) => [`${machine}$ ${command}`, ...lasting(printed[index] ?? [])])).toEqual(
        page.steps.map(({ machine, command, printed: said }) => [`${machine}$ ${command}`, ...lasting(said)]),
      );
  });
});
