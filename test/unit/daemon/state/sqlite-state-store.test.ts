import Sqlite from 'better-sqlite3';
import { closeSync, existsSync, openSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parseCredentialId, parseNodeId, ROOT_NODE } from '../../../../src/core/base/ids.js';
import type { BaseNode } from '../../../../src/daemon/ports.js';
import { createSqliteStateStore } from '../../../../src/daemon/state/sqlite-state-store.js';
import { tempFolder } from '../../../support/temp-folder.js';

const clock = { now: () => 1234 };

function directory(index: number): BaseNode {
  const fingerprint = { size: 0, mtimeNs: '0', ctimeNs: '0', birthtimeNs: '0', dev: '1', ino: String(index), nlink: 1, mode: 0o755 };
  const device = parseCredentialId('dd'.repeat(16));
  const state = {
    node: parseNodeId(index.toString(16).padStart(32, '0')),
    rev: 1,
    parent: ROOT_NODE,
    name: `d${String(index)}`,
    kind: 'directory',
    deleted: false,
    mode: 0o755,
    mtimeMs: 0,
    content: null,
    target: null,
    stamp: 1,
    vector: {},
    device,
    deviceName: 'laptop',
    conflict: null,
  } as const;
  return { state, diskName: state.name, fingerprint, verifiedAtMs: 0 };
}

function filled(count: number): { readonly path: string; readonly folder: string } {
  const folder = tempFolder();
  const path = join(folder, 'state.db');
  const store = createSqliteStateStore({ path, clock });
  store.transaction((write) => {
    for (let index = 1; index <= count; index += 1) write.putBase(directory(index));
  });
  store.close();
  return { path, folder };
}

describe('state database', () => {
  it('waits for the disk with every transaction', () => {
    const { path } = filled(1);
    const raw = new Sqlite(path);
    expect(raw.pragma('journal_mode', { simple: true })).toBe('wal');
    raw.close();
    expect(createSqliteStateStore({ path, clock }).corruptCopy).toBeNull();
  });

  it('loads more nodes than fit one page, each once', () => {
    const { path } = filled(12_345);
    const store = createSqliteStateStore({ path, clock });
    const names = new Set([...store.loadBase()].map(({ state }) => state.name));
    expect(names.size).toBe(12_345);
    store.close();
  });

  it.each(['not a database at all', 'damaged pages', 'cut short'])('hazard 85: moves one that is %s aside and starts empty', (what) => {
    const { path, folder } = filled(3_000);
    const size = statSync(path).size;
    if (what === 'not a database at all') writeFileSync(path, 'x'.repeat(5_000));
    else if (what === 'cut short') writeFileSync(path, readFileSync(path).subarray(0, size / 2));
    else {
      const file = openSync(path, 'r+');
      for (let at = 8192 * 3; at < size; at += 8192) writeSync(file, Buffer.alloc(600, 0xa5), 0, 600, at);
      closeSync(file);
    }
    const damaged = readFileSync(path);
    const store = createSqliteStateStore({ path, clock });
    expect(store.corruptCopy).toBe(`${path}.corrupt-1234`);
    expect(readFileSync(`${path}.corrupt-1234`)).toEqual(damaged);
    expect([...store.loadBase()]).toEqual([]);
    store.transaction((write) => write.putBase(directory(1)));
    store.close();
    const again = createSqliteStateStore({ path, clock });
    expect([again.corruptCopy, [...again.loadBase()]]).toEqual([null, [directory(1)]]);
    again.close();
    expect(readdirSync(folder).filter((name) => name.includes('corrupt')).length).toBeGreaterThan(0);
  });

  it('hazard 85: takes the write-ahead log of a damaged one away with it', () => {
    const { path } = filled(10);
    writeFileSync(path, 'x'.repeat(5_000));
    writeFileSync(`${path}-wal`, 'not a log');
    const store = createSqliteStateStore({ path, clock });
    expect([...store.loadBase()]).toEqual([]);
    expect(existsSync(`${path}.corrupt-1234`)).toBe(true);
    store.close();
  });

  it('hazard 88: refuses one of a newer version and leaves it as it is', () => {
    const { path, folder } = filled(1);
    const raw = new Sqlite(path);
    raw.pragma('user_version = 99');
    raw.close();
    expect(() => createSqliteStateStore({ path, clock })).toThrow(expect.objectContaining({ code: 'unsupported_version' }));
    expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toEqual([]);
  });

  it('takes over what was approved from one of an older version', () => {
    const { path } = filled(1);
    const raw = new Sqlite(path);
    raw.exec(`DROP TABLE guard_marks; CREATE TABLE approvals (change TEXT PRIMARY KEY) WITHOUT ROWID; INSERT INTO approvals VALUES ('a');`);
    raw.pragma('user_version = 3');
    raw.close();
    const store = createSqliteStateStore({ path, clock });
    expect(Object.fromEntries(store.guardMarks())).toEqual({ a: 'approved' });
    expect([...store.loadBase()]).toHaveLength(1);
    store.close();
  });

  it('does not follow a link in its place', () => {
    const folder = tempFolder();
    symlinkSync('elsewhere', join(folder, 'state.db'));
    expect(() => createSqliteStateStore({ path: join(folder, 'state.db'), clock })).toThrow(expect.objectContaining({ code: 'io_error' }));
    expect(readdirSync(folder)).toEqual(['state.db']);
  });

  it.each(['{', '[]', '[[1],2,[3],4]', 'null'])('calls a row damaged that reads %s', (json) => {
    const { path } = filled(1);
    const raw = new Sqlite(path);
    raw.prepare('UPDATE base SET json = ?').run(json);
    raw.close();
    const store = createSqliteStateStore({ path, clock });
    expect(() => [...store.loadBase()]).toThrow(expect.objectContaining({ code: 'integrity' }));
    store.close();
  });

  it('shows a second connection what the first one wrote', () => {
    const { path } = filled(1);
    const store = createSqliteStateStore({ path, clock });
    const second = createSqliteStateStore({ path, clock });
    store.transaction((write) => write.putBase(directory(2)));
    expect([...second.loadBase()]).toHaveLength(2);
    second.close();
    store.close();
  });
});
