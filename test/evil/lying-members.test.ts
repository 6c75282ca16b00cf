/** A server that lets people do what they may not, or shows the wrong ones: its database is changed behind its back. */
import Database from 'better-sqlite3';
import { mkdtempSync, readdirSync, rmSync, mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createInstallation, type Installation } from '../../scripts/harness/installation.mjs';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import { safetyWords } from '../../src/core/account/safety-words.js';
import { parseVaultId } from '../../src/core/base/ids.js';
import { decodeLogState, encodeLogState } from '../../src/core/log/log-verifier.js';
import { registerAccount, type TestAccount } from '../support/server-account.js';
import { commitChanges, newFile, readChanges, type TestVault } from '../support/server-vault.js';

const INTEGRITY = 9;

describe('a server that lies about members', () => {
  let base: string;
  let server: ServerProcess;
  let ada: Installation;
  let root: string;
  let grace: TestAccount;
  let vault: TestVault;

  beforeEach(async () => {
    base = mkdtempSync(path.join(tmpdir(), 'fsync-evil-members-'));
    server = await startServer({ dataDir: path.join(base, 'server'), logFile: path.join(base, 'server.log') });
    ada = createInstallation({ name: 'laptop', home: path.join(base, 'home'), password: 'correct horse battery staple' });
    root = path.join(base, 'notes');
    mkdirSync(root);
    writeFileSync(path.join(root, 'plan.md'), 'plan\n');
    await ada.must(['register', '--server', server.url, '--user', 'ada', '--device', 'laptop']);
    const { vault: made } = await ada.json(['init', root]);
    grace = await registerAccount(server.url, 'grace');
    vault = { vault: parseVaultId(made.id), historyId: '', head: { seq: 0, hash: '' as never } };
  });
  afterEach(async () => {
    await ada.dispose();
    await server.stop();
    rmSync(base, { recursive: true, force: true, maxRetries: 5 });
  });

  /** Does something to the server's database while it is down. */
  async function tamper(work: (database: Database.Database) => void): Promise<void> {
    await server.kill();
    const database = new Database(path.join(server.dataDir, 'server.db'));
    try {
      work(database);
    } finally {
      database.close();
    }
    await server.start();
  }

  /** Grace is a writer by the server's list and by what it takes for the state of the log. */
  const letGraceWrite = (): Promise<void> =>
    tamper((database) => {
      const row = database.prepare<[], { no: number; log_state: Buffer }>('SELECT no, log_state FROM vaults').get();
      if (row === undefined) throw new Error('no vault');
      const state = decodeLogState(new Uint8Array(row.log_state));
      const members = new Map(state.members).set(grace.state.accountId, 'writer');
      database.prepare('UPDATE vaults SET log_state = ?').run(Buffer.from(encodeLogState({ ...state, members })));
      const account = Buffer.from(grace.state.accountId, 'hex');
      database.prepare('DELETE FROM members WHERE account_id = ?').run(account);
      database.prepare('INSERT INTO members (vault_no, account_id, role, since) VALUES (?, ?, ?, 0)').run(row.no, account, 'writer');
    });

  async function graceCommits(): Promise<void> {
    const { head } = await readChanges(grace, vault.vault, 0);
    vault.head = head;
    expect((await commitChanges(grace, vault, newFile())).status).toBe(200);
  }

  async function adaRefuses(why: string): Promise<void> {
    const { code, stderr } = await ada.fsync(['sync', root, '--timeout', '20']);
    expect([code, stderr]).toEqual([INTEGRITY, expect.stringContaining(why)]);
    expect(await ada.json(['status', root])).toMatchObject({ state: 'error', reason: expect.stringContaining(why) });
    expect(readdirSync(root).sort()).toEqual(['.fsync', 'plan.md']);
  }

  it('cannot make a client take the commit of a reader', async () => {
    await ada.must(['-C', root, 'share', 'grace', '--role', 'reader', '--yes']);
    await letGraceWrite();
    await graceCommits();
    await adaRefuses('a member who may only read');
  });

  it('cannot make a client take the commit of a removed member', async () => {
    await ada.must(['-C', root, 'share', 'grace', '--role', 'writer', '--yes']);
    await ada.must(['-C', root, 'unshare', 'grace']);
    await letGraceWrite();
    await graceCommits();
    await adaRefuses('someone who is not a member');
  });

  it('cannot make a client take the commit of somebody who never was one, and lists nobody who is none', async () => {
    await letGraceWrite();
    const { members } = await ada.json(['-C', root, 'members']);
    expect(members.map(({ user }: { user: string }) => user)).toEqual(['ada']);
    await graceCommits();
    await adaRefuses('someone who is not a member');
  });

  it('is caught when it answers with an account of its own, by the words and by what was seen before', async () => {
    const words = safetyWords(grace.state.accountId);
    await registerAccount(server.url, 'mallory');
    const swapNames = (): Promise<void> =>
      tamper((database) => {
        for (const [from, to] of [
          ['grace', 'was-grace'],
          ['mallory', 'grace'],
          ['was-grace', 'mallory'],
        ] as const)
          database.prepare('UPDATE accounts SET user = ? WHERE user = ?').run(to, from);
      });
    const share = (...more: string[]) => ada.fsync(['-C', root, 'share', 'grace', '--role', 'reader', ...more]);
    await swapNames();
    expect(await share('--words', words)).toMatchObject({ code: INTEGRITY, stderr: expect.stringContaining('not the safety words') });
    await swapNames();
    expect((await share('--words', words)).code).toBe(0);
    await swapNames();
    const swapped = await share('--yes');
    expect(swapped).toMatchObject({ code: INTEGRITY, stderr: expect.stringContaining('another account grace than before') });
    expect((await ada.json(['-C', root, 'members'])).members).toMatchObject([
      { user: 'ada' },
      { user: 'grace', account: grace.state.accountId },
    ]);
  });
});
