/** N clients around one fake vault: deterministic, checked at every step. For scenarios and properties of the planner. */
import { nameKey } from '../../src/core/tree/name-key.js';
import type { FakeEntry } from './fake-inode.js';
import { FakeVault } from './fake-vault.js';
import { checkLocalTree } from './planner-checks.js';
import { PlannerClient } from './planner-client.js';

const START_MS = Date.UTC(2026, 10, 22, 14, 0, 0);
const MAX_ROUNDS = 25;

export class PlannerWorld {
  readonly vault = new FakeVault();
  readonly clients: readonly PlannerClient[];
  readonly #texts = new Map<string, string>();
  #now = START_MS;

  constructor(names: readonly string[]) {
    const now = (): number => (this.#now += 7);
    this.clients = names.map((name) => new PlannerClient({ name, vault: this.vault, now, texts: this.#texts }));
  }

  client(name: string): PlannerClient {
    const found = this.clients.find((client) => client.name === name);
    if (found === undefined) throw new Error(`no client ${name}`);
    return found;
  }

  wait(ms: number): void {
    this.#now += ms;
  }

  /** Brings these online in this order, then lets them take turns until all of them were quiet twice in a row. */
  sync(clients: readonly PlannerClient[] = this.clients): void {
    for (const client of clients) {
      client.online = true;
      client.cycle();
      checkLocalTree(client);
    }
    let quiet = 0;
    for (let round = 0; quiet < 2; round += 1) {
      if (round > MAX_ROUNDS) throw new Error(`no rest after ${MAX_ROUNDS} rounds:\n${this.show()}`);
      const head = this.vault.head;
      const moved = clients.map((client) => client.cycle());
      clients.forEach(checkLocalTree);
      quiet = moved.includes(true) || this.vault.head !== head ? 0 : quiet + 1;
    }
  }

  /** All clients at rest: nothing open, and every folder is what the server has. Returns that tree. */
  converged(clients: readonly PlannerClient[] = this.clients): readonly FakeEntry[] {
    const server = this.#serverLines();
    for (const client of clients) {
      const open = client.open();
      if (open.length > 0 || client.waiting.length > 0)
        throw new Error(`${client.name} has work left: ${open.join(', ')} ${JSON.stringify(client.waiting)}\n${this.show()}`);
      const folder = client.folder.entries().map(showEntry).sort(byText);
      if (folder.join('\n') !== server.join('\n')) throw new Error(`${client.name} differs from the server:\n${this.show()}`);
    }
    return clients[0]?.folder.entries() ?? [];
  }

  #serverLines(): readonly string[] {
    return [...this.vault.paths()]
      .map(([path, { kind, content, target, mode }]) =>
        showEntry({ path, kind, mode, text: target ?? (content === null ? '' : (this.#texts.get(content.id) ?? '?')) }),
      )
      .sort(byText);
  }

  show(): string {
    const block = (name: string, lines: readonly string[]): string => `${name}:\n${lines.map((line) => `    ${line}`).join('\n')}`;
    return [
      block(`server at ${this.vault.head}`, this.#serverLines()),
      ...this.clients.map((client) => block(client.name, client.folder.entries().map(showEntry))),
    ].join('\n');
  }
}

function showEntry({ path, kind, text, mode }: FakeEntry): string {
  const content = kind === 'directory' ? '/' : kind === 'symlink' ? ` -> ${text}` : ` = ${text}`;
  return `${nameKey(path)}${content}${(mode & 0o100) !== 0 && kind === 'file' ? ' *' : ''}`;
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
