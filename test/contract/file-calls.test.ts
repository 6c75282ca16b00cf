/** The simulation's virtual disk is held to a real one: the same calls have the same effects, stamps and errors. */
import * as realFs from 'node:fs';
import { constants } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { systemCalls } from '../../src/daemon/folder/system-calls.js';
import * as virtualFs from '../simulation/node-fs.js';
import { Tape } from '../simulation/tape.js';
import { VirtualDisk } from '../simulation/virtual-disk.js';
import { tempFolder } from '../support/temp-folder.js';
import { randomCall, runFileCall, treeLines, type FileCall, type FileCalls } from './file-calls.js';

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_RDWR, O_TRUNC, O_WRONLY } = constants;
const SEQUENCES = 200;
const LENGTH = 40;
const TICK_MS = 12;

let worlds = 0;

function virtualCalls(): FileCalls {
  let now = Date.UTC(2026, 0, 1);
  worlds += 1;
  const name = `contract${String(worlds)}`;
  const disk = new VirtualDisk(() => now);
  virtualFs.mountDisk(name, disk);
  disk.events = { ...disk.events, beforeCall: () => undefined };
  const { renameNoReplace, exchange } = virtualFs.virtualSystemCalls;
  return { root: `/sim/${name}`, fs: virtualFs as unknown as FileCalls['fs'], renameNoReplace, exchange, tick: () => (now += TICK_MS) };
}

function realCalls(): FileCalls {
  const { renameNoReplace, exchange } = systemCalls();
  if (renameNoReplace === null || exchange === null) throw new Error('this platform has no rename with flags');
  const tick = (): void => {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, TICK_MS);
  };
  return { root: tempFolder(), fs: realFs, renameNoReplace, exchange, tick };
}

/** In a folder of it, so that links may lead up. */
function below(on: FileCalls): FileCalls {
  const root = join(on.root, 'below');
  on.fs.mkdirSync(root);
  return { ...on, root };
}

afterAll(virtualFs.unmountAll);

describe.each([
  ['a virtual disk', virtualCalls],
  ['a real folder', realCalls],
] as const)('file calls on %s', (_name, open) => {
  let on: FileCalls;
  const at = (path: string): string => join(on.root, path);
  const code = (work: () => unknown): string => {
    try {
      work();
      return 'ok';
    } catch (error) {
      return (error as { code?: string }).code ?? String(error);
    }
  };
  const write = (path: string, text: string): void => {
    on.fs.writeFileSync(at(path), text);
  };
  const read = (path: string): string => on.fs.readFileSync(at(path), 'utf8');
  const stat = (path: string): realFs.BigIntStats => on.fs.lstatSync(at(path), { bigint: true });
  const openCode = (path: string, flags: number): string =>
    code(() => {
      on.fs.closeSync(on.fs.openSync(at(path), flags, 0o600));
    });

  beforeEach(() => {
    on = open();
    on.fs.mkdirSync(at('d'));
    write('f', 'one');
    on.fs.symlinkSync('f', at('link'));
    on.fs.symlinkSync('nowhere', at('dangling'));
  });

  it('says what is not there, and what a path leads through', () => {
    const { fs } = on;
    const quiet = { throwIfNoEntry: false } as const;
    expect([fs.lstatSync(at('x'), quiet), fs.lstatSync(at('x/y'), quiet)]).toEqual([undefined, undefined]);
    expect(code(() => fs.lstatSync(at('f/y'), quiet))).toBe('ENOTDIR');
    expect(code(() => fs.lstatSync(at('x')))).toBe('ENOENT');
    expect(code(() => fs.lstatSync(at('f/y')))).toBe('ENOTDIR');
    expect(code(() => fs.statSync(at('dangling')))).toBe('ENOENT');
    expect([fs.existsSync(at('dangling')), fs.existsSync(at('link')), fs.lstatSync(at('dangling')).isSymbolicLink()]).toEqual([
      false,
      true,
      true,
    ]);
    fs.symlinkSync('loop', at('loop'));
    expect(code(() => fs.statSync(at('loop')))).toBe('ELOOP');
    expect(code(() => fs.readdirSync(at('loop/x')))).toBe('ELOOP');
  });

  it('opens files only', () => {
    expect(openCode('x', O_RDONLY)).toBe('ENOENT');
    expect(openCode('x/y', O_WRONLY | O_CREAT)).toBe('ENOENT');
    expect(openCode('f/y', O_WRONLY | O_CREAT)).toBe('ENOTDIR');
    expect(openCode('f', O_WRONLY | O_CREAT | O_EXCL)).toBe('EEXIST');
    expect(openCode('dangling', O_WRONLY | O_CREAT | O_EXCL)).toBe('EEXIST');
    expect(openCode('d', O_WRONLY)).toBe('EISDIR');
    expect(openCode('d', O_RDONLY | O_DIRECTORY)).toBe('ok');
    expect(openCode('f', O_RDONLY | O_DIRECTORY)).toBe('ENOTDIR');
    expect(openCode('link', O_RDONLY | O_NOFOLLOW)).toBe('ELOOP');
    expect(openCode('link', O_RDONLY | O_NOFOLLOW | O_DIRECTORY)).toBe('ENOTDIR');
    expect(openCode('link', O_RDONLY)).toBe('ok');
    expect(openCode('f', O_RDWR | O_TRUNC)).toBe('ok');
    expect(read('f')).toBe('');
  });

  it('makes and removes directories', () => {
    const { fs } = on;
    expect(code(() => fs.mkdirSync(at('d')))).toBe('EEXIST');
    expect(code(() => fs.mkdirSync(at('dangling')))).toBe('EEXIST');
    expect(code(() => fs.mkdirSync(at('x/y')))).toBe('ENOENT');
    expect(code(() => fs.mkdirSync(at('f/y')))).toBe('ENOTDIR');
    write('d/in', '1');
    expect(code(() => fs.rmdirSync(at('d')))).toBe('ENOTEMPTY');
    expect(code(() => fs.rmdirSync(at('f')))).toBe('ENOTDIR');
    expect(code(() => fs.rmdirSync(at('link')))).toBe('ENOTDIR');
    expect(code(() => fs.rmdirSync(at('x')))).toBe('ENOENT');
    expect(code(() => fs.unlinkSync(at('d')))).toMatch(/^(EISDIR|EPERM)$/);
    expect(code(() => fs.unlinkSync(at('x')))).toBe('ENOENT');
    expect(code(() => fs.readdirSync(at('f')))).toBe('ENOTDIR');
    expect([...fs.readdirSync(at(''))].sort()).toEqual(['d', 'dangling', 'f', 'link']);
  });

  it('renames over what is there as rename(2) does', () => {
    const { fs } = on;
    const rename = (from: string, to: string): string =>
      code(() => {
        fs.renameSync(at(from), at(to));
      });
    fs.mkdirSync(at('e'));
    write('e/in', '1');
    write('g', 'two');
    expect(rename('x', 'y')).toBe('ENOENT');
    expect(rename('f', 'x/y')).toBe('ENOENT');
    expect(rename('f', 'd')).toBe('EISDIR');
    expect(rename('d', 'f')).toBe('ENOTDIR');
    expect(rename('d', 'd/inside')).toBe('EINVAL');
    expect(rename('d', 'e')).toBe('ENOTEMPTY');
    expect(rename('e/in', 'e')).toMatch(/^(EISDIR|ENOTEMPTY)$/);
    expect(rename('e', 'd')).toBe('ok');
    expect(rename('f', 'g')).toBe('ok');
    expect([read('g'), read('d/in'), fs.existsSync(at('e'))]).toEqual(['one', '1', false]);
    fs.linkSync(at('g'), at('same'));
    expect(rename('g', 'same')).toBe('ok');
    expect([...fs.readdirSync(at(''))].sort()).toEqual(['d', 'dangling', 'g', 'link', 'same']);
  });

  it('renames to free names only, and exchanges names', () => {
    const { fs } = on;
    const noReplace = (from: string, to: string): string =>
      code(() => {
        on.renameNoReplace(at(from), at(to));
      });
    const exchange = (a: string, b: string): string =>
      code(() => {
        on.exchange(at(a), at(b));
      });
    expect(noReplace('f', 'd')).toBe('EEXIST');
    expect(noReplace('f', 'dangling')).toBe('EEXIST');
    expect(noReplace('f', 'f')).toBe('EEXIST');
    expect(noReplace('x', 'y')).toBe('ENOENT');
    expect(noReplace('f', 'x/y')).toBe('ENOENT');
    expect(noReplace('d', 'd/in')).toBe('EINVAL');
    expect(noReplace('f', 'd/f')).toBe('ok');
    expect(exchange('d/f', 'nothing')).toBe('ENOENT');
    expect(exchange('d', 'd/f')).toBe('EINVAL');
    expect(exchange('d/f', 'd')).toBe('EINVAL');
    expect(exchange('d', 'link')).toBe('ok');
    expect([stat('link').isDirectory(), fs.readlinkSync(at('d')), read('link/f')]).toEqual([true, 'f', 'one']);
  });

  it('links files, and only once', () => {
    const { fs } = on;
    const link = (from: string, to: string): string =>
      code(() => {
        fs.linkSync(at(from), at(to));
      });
    expect(link('x', 'y')).toBe('ENOENT');
    expect(link('f', 'd')).toBe('EEXIST');
    expect(link('d', 'y')).toBe('EPERM');
    expect(link('f', 'd/hard')).toBe('ok');
    expect([stat('f').nlink, stat('d/hard').ino]).toEqual([2n, stat('f').ino]);
    write('d/hard', 'changed');
    expect(read('f')).toBe('changed');
    fs.unlinkSync(at('f'));
    expect(stat('d/hard').nlink).toBe(1n);
    expect(code(() => fs.readlinkSync(at('d/hard')))).toBe('EINVAL');
    expect(
      code(() => {
        fs.symlinkSync('f', at('link'));
      }),
    ).toBe('EEXIST');
    expect(stat('link').size).toBe(1n);
  });

  it('keeps an open file through new names and none', () => {
    const { fs } = on;
    const file = fs.openSync(at('f'), O_RDWR);
    const held = fs.openSync(at('d'), O_RDONLY | O_DIRECTORY);
    fs.renameSync(at('f'), at('d/moved'));
    fs.writeSync(file, Buffer.from('ONE!'), 0, 4, 0);
    expect(read('d/moved')).toBe('ONE!');
    fs.renameSync(at('d'), at('elsewhere'));
    expect(fs.readFileSync(`/proc/self/fd/${String(held)}/moved`, 'utf8')).toBe('ONE!');
    fs.unlinkSync(at('elsewhere/moved'));
    const buffer = Buffer.alloc(8);
    expect(fs.readSync(file, buffer, 0, 8, 1)).toBe(3);
    expect(buffer.toString('utf8', 0, 3)).toBe('NE!');
    expect(fs.fstatSync(file).nlink).toBe(0);
    fs.ftruncateSync(file, 1);
    fs.writeSync(file, Buffer.from('x'), 0, 1, 3);
    expect(fs.readFileSync(`/proc/self/fd/${String(file)}`)).toEqual(Buffer.from('O\0\0x'));
    fs.closeSync(file);
    fs.closeSync(held);
    expect(code(() => fs.fstatSync(file))).toBe('EBADF');
  });

  it('stamps what changed, and keeps the inode and the birth', () => {
    const { fs } = on;
    const changes = (path: string, work: () => void, after = path): string => {
      const before = stat(path);
      on.tick();
      work();
      const now = stat(after);
      const parts = ['ino', 'birthtimeNs', 'mtimeNs', 'ctimeNs', 'size', 'mode'] as const;
      return parts.filter((part) => now[part] !== before[part]).join(' ');
    };
    expect(
      changes('f', () => {
        write('f', 'longer');
      }),
    ).toBe('mtimeNs ctimeNs size');
    expect(
      changes('f', () => {
        fs.chmodSync(at('f'), 0o755);
      }),
    ).toBe('ctimeNs mode');
    const renamed = (): void => {
      fs.renameSync(at('f'), at('d/g'));
    };
    expect(changes('f', renamed, 'd/g')).toBe('ctimeNs');
    expect(
      changes('d', () => {
        write('d/g', 'again');
      }),
    ).toBe('');
    expect(changes('d', () => on.fs.writeFileSync(at('d/new'), ''))).toMatch(/^mtimeNs ctimeNs( size)?$/);
    expect(changes('d', () => fs.unlinkSync(at('d/new')))).toMatch(/^mtimeNs ctimeNs( size)?$/);
    expect(changes('d/g', () => fs.linkSync(at('d/g'), at('hard')))).toBe('ctimeNs');
    const atomicSave = (): void => {
      write('temp', 'again');
      fs.renameSync(at('temp'), at('d/g'));
    };
    expect(changes('d/g', atomicSave)).toContain('ino birthtimeNs mtimeNs ctimeNs');
  });
});

describe('random calls', () => {
  it(`come to the same on a virtual disk and in a real folder, ${String(SEQUENCES)} times`, () => {
    for (let seed = 1; seed <= SEQUENCES; seed += 1) {
      const tape = new Tape(seed);
      const calls: FileCall[] = Array.from({ length: LENGTH }, () => randomCall(tape));
      const [virtual, real] = [below(virtualCalls()), below(realCalls())];
      const done: string[] = [];
      for (const call of calls) {
        const [there, here] = [runFileCall(virtual, call), runFileCall(real, call)];
        done.push(`${JSON.stringify(call)} ${here}`);
        expect(there, `seed ${String(seed)}\n${done.join('\n')}`).toBe(here);
      }
      expect(treeLines(virtual), `seed ${String(seed)}\n${done.join('\n')}`).toEqual(treeLines(real));
    }
  });
});
