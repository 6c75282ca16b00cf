/**
 * Trees that nobody here made, changed by programs that know nothing of fsync, while both daemons run:
 * both folders come to be the same byte by byte, and where one side wrote there is no conflict copy.
 */
import { cpSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import Database from 'better-sqlite3';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, run } from '../../scripts/harness/processes.mjs';
import { isConflictCopy } from '../scenario/conflict-names.js';
import { isInstalled } from '../support/cli-process.js';
import { differences, openTwoDevices, settle, treeOf, type TwoDevices } from '../support/two-devices.js';

const packages = path.join(projectRoot, 'node_modules');
/** Folders of sources of any size, from `npm run trees`. */
const given = (process.env['FSYNC_TEST_TREES'] ?? '').split(path.delimiter).filter((name) => name !== '');
const GIVEN_SECONDS = 3_600;

describe('real trees', () => {
  let world: TwoDevices;
  beforeAll(async () => {
    world = await openTwoDevices();
    // A switch between two commits may delete most of a folder, and is meant to.
    for (const { installation } of [world.a, world.b]) await installation.must(['config', 'set', 'guard.percent', '100']);
  });
  afterAll(() => world.close());

  const onA = (...names: string[]): string => path.join(world.a.root, ...names);
  const onB = (...names: string[]): string => path.join(world.b.root, ...names);
  const must = async (program: string, args: readonly string[], cwd: string): Promise<string> => {
    const { code, stdout, stderr } = await run(program, args, { cwd, timeoutMs: GIVEN_SECONDS * 1_000 });
    if (code !== 0) throw new Error(`${program} ${args.join(' ')} ended with ${code}: ${stderr}`);
    return stdout;
  };

  async function isSameOnBoth(seconds = 120): Promise<void> {
    await settle(world, seconds);
    expect(differences(world)).toEqual([]);
    expect([...treeOf(world.b).keys()].filter(isConflictCopy)).toEqual([]);
  }

  describe.skipIf(!isInstalled('git'))('a repository (needs git)', () => {
    const git = (cwd: string, ...args: string[]) => must('git', ['-c', 'gc.auto=0', '-c', 'core.fsmonitor=false', ...args], cwd);

    async function commit(repository: string, tag: string): Promise<void> {
      await git(repository, 'add', '--all', '--force');
      await git(repository, '-c', 'user.name=ada', '-c', 'user.email=ada@example.org', 'commit', '--quiet', '-m', tag);
      await git(repository, 'tag', tag);
    }

    async function isSoundAndClean(repository: string, tag: string): Promise<void> {
      await git(repository, 'fsck', '--no-progress');
      expect(await git(repository, 'status', '--porcelain')).toBe('');
      expect(await git(repository, 'describe', '--tags')).toBe(`${tag}\n`);
    }

    /** Three states of a few hundred sources: as they are, with folders moved and files rewritten, with most of it gone. */
    async function makeHistory(repository: string): Promise<void> {
      mkdirSync(repository);
      await git(repository, 'init', '--quiet');
      cpSync(path.join(packages, 'knex'), path.join(repository, 'knex'), { recursive: true });
      cpSync(path.join(packages, 'koa'), path.join(repository, 'web'), { recursive: true });
      await commit(repository, 'first');
      renameSync(path.join(repository, 'knex', 'lib'), path.join(repository, 'library'));
      cpSync(path.join(packages, 'ws', 'lib'), path.join(repository, 'web', 'lib'), { recursive: true });
      cpSync(path.join(packages, 'commander', 'package.json'), path.join(repository, 'knex', 'package.json'));
      await commit(repository, 'second');
      rmSync(path.join(repository, 'library'), { recursive: true });
      cpSync(path.join(packages, 'commander'), path.join(repository, 'library'), { recursive: true });
      await commit(repository, 'third');
    }

    it('is switched between its tags, and is the same, sound and clean on the other side', async () => {
      await makeHistory(onA('repository'));
      for (const [round, tag] of ['first', 'third', 'second', 'first', 'second', 'third'].entries()) {
        await git(onA('repository'), 'checkout', '--quiet', tag);
        await sleep(round % 2 === 0 ? 50 : 1_500);
      }
      await isSameOnBoth();
      await isSoundAndClean(onB('repository'), 'third');
    });

    describe.each(given.length > 0 ? [given] : [])('of the given folders, one commit each', (...folders) => {
      it('is switched between them and packed', { timeout: GIVEN_SECONDS * 2_000 }, async () => {
        const repository = onA('given');
        mkdirSync(repository);
        await git(repository, 'init', '--quiet');
        const tags = folders.map((_, index) => `v${String(index + 1)}`);
        for (const [index, folder] of folders.entries()) {
          for (const name of readdirSync(repository)) if (name !== '.git') rmSync(path.join(repository, name), { recursive: true });
          await must('cp', ['-a', `${path.resolve(folder)}/.`, repository], repository);
          await commit(repository, tags[index] ?? '');
        }
        for (const tag of [...tags, ...tags, ...tags]) {
          await git(repository, 'checkout', '--quiet', tag);
          await sleep(1_500);
        }
        await isSameOnBoth(GIVEN_SECONDS);
        await git(repository, 'gc', '--quiet');
        await isSameOnBoth(GIVEN_SECONDS);
        await isSoundAndClean(onB('given'), tags.at(-1) ?? '');
      });
    });
  });

  it('are installed by npm, with the links that it makes', async () => {
    const aside = path.join(world.base, 'packed');
    mkdirSync(aside);
    for (const name of ['semver', 'commander', 'ws'])
      await must('npm', ['pack', '--ignore-scripts', '--silent', path.join(packages, name)], aside);
    mkdirSync(onA('project'));
    const packed = readdirSync(aside).map((name) => path.join(aside, name));
    expect(packed).toHaveLength(3);
    await must('npm', ['install', '--offline', '--ignore-scripts', '--no-audit', '--no-fund', ...packed], onA('project'));
    await isSameOnBoth();
    expect(treeOf(world.b).get('project/node_modules/.bin/semver')?.kind).toBe('symlink');
    await must('npm', ['uninstall', '--offline', '--no-audit', '--no-fund', 'ws'], onA('project'));
    await isSameOnBoth();
  });

  it('come out of an archive, while another one comes out on the other side', async () => {
    const [sources, types] = ['sources.tar', 'types.tar'].map((name) => path.join(world.base, name)) as [string, string];
    await must('tar', ['-cf', sources, '-C', packages, 'knex', 'koa'], world.base);
    await must('tar', ['-cf', types, '-C', packages, '@types/node'], world.base);
    for (const folder of [onA('unpacked'), onB('unpacked')]) mkdirSync(folder);
    await Promise.all([must('tar', ['-xf', sources], onA('unpacked')), must('tar', ['-xf', types], onB('unpacked'))]);
    await isSameOnBoth();
    expect(readFileSync(onB('unpacked', 'knex', 'package.json'))).toEqual(readFileSync(path.join(packages, 'knex', 'package.json')));
  });

  it('hold a database that is being written', async () => {
    mkdirSync(onA('db'));
    const database = new Database(onA('db', 'notes.db'));
    database.pragma('journal_mode = WAL');
    database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY, text TEXT)');
    const insert = database.prepare('INSERT INTO notes (text) VALUES (?)');
    for (let id = 1; id <= 300; id++) {
      insert.run(`note ${String(id)} `.repeat(50));
      if (id % 10 === 0) await sleep(60);
    }
    database.close();
    await isSameOnBoth();
    const copy = new Database(onB('db', 'notes.db'), { readonly: true });
    expect(copy.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(copy.prepare('SELECT count(*) FROM notes').pluck().get()).toBe(300);
    copy.close();
  });
});
