/**
 * The system calls that Node does not have: renames that never overwrite, the atomic exchange of
 * two names, syncing a whole file system, locks that end with their process, and the settings of
 * the C library's allocator. Reached through koffi; where one is missing, the callers have a slower way.
 */
import { createRequire } from 'node:module';
import { constants } from 'node:os';

export interface SystemCalls {
  /** Renames unless something is at `to`. Null where there is no such call. @throws SystemCallError */
  readonly renameNoReplace: ((from: string, to: string) => void) | null;
  /** Swaps what two names stand for, in one step. Null where there is no such call. @throws SystemCallError */
  readonly exchange: ((a: string, b: string) => void) | null;
  /** Writes everything of the file system that holds the open file to the disk. Null where there is no such call. @throws SystemCallError */
  readonly syncFileSystem: ((file: number) => void) | null;
  /** True when the lock is now held by this open file, false when another holds it. Null where there is no such call. @throws SystemCallError */
  readonly tryLock: ((file: number) => boolean) | null;
  /** Sets a parameter of the allocator for the whole process, see mallopt(3). Null where there is no such call. */
  readonly setAllocator: ((parameter: number, value: number) => void) | null;
}

/** Failed like Node's own file calls do: `code` is the name of the error number. */
export class SystemCallError extends Error {
  override readonly name = 'SystemCallError';
  readonly code: string;

  constructor(call: string, errno: number) {
    const code = Object.entries(constants.errno).find(([, value]) => value === errno)?.[0] ?? `E${String(errno)}`;
    super(`${code}: ${call}`);
    this.code = code;
  }
}

/** Nothing but what Node has. */
export const NO_SYSTEM_CALLS: SystemCalls = {
  renameNoReplace: null,
  exchange: null,
  syncFileSystem: null,
  tryLock: null,
  setAllocator: null,
};

const AT_FDCWD = -100;
const RENAME_NOREPLACE = 1;
const RENAME_EXCHANGE = 2;
const RENAME_SWAP = 2;
const RENAME_EXCL = 4;
const LOCK_EXCLUSIVE_NOW = 2 | 4;

type NativeCall = (...parameters: readonly (number | string)[]) => unknown;
interface Native {
  /** Calls and throws when the result is not 0. */
  readonly call: (name: string, native: NativeCall, parameters: readonly (number | string)[]) => void;
  readonly find: (prototype: string) => NativeCall | null;
}

let loaded: SystemCalls | undefined;

/** The calls of the platform this runs on, looked up once a thread. */
export function systemCalls(): SystemCalls {
  loaded ??= loadSystemCalls(process.platform);
  return loaded;
}

/** Looks the calls up in the C library. Never throws: what cannot be found is null. */
export function loadSystemCalls(platform: NodeJS.Platform): SystemCalls {
  const native = loadNative();
  if (native === null) return NO_SYSTEM_CALLS;
  if (platform === 'linux') {
    const rename = native.find('int renameat2(int olddir, const char *from, int newdir, const char *to, unsigned int flags)');
    const bound = (flags: number) =>
      rename && ((from: string, to: string) => native.call('renameat2', rename, [AT_FDCWD, from, AT_FDCWD, to, flags]));
    return { ...common(native), renameNoReplace: bound(RENAME_NOREPLACE), exchange: bound(RENAME_EXCHANGE) };
  }
  if (platform === 'darwin') {
    const rename = native.find('int renamex_np(const char *from, const char *to, unsigned int flags)');
    const bound = (flags: number) => rename && ((from: string, to: string) => native.call('renamex_np', rename, [from, to, flags]));
    return { ...common(native), renameNoReplace: bound(RENAME_EXCL), exchange: bound(RENAME_SWAP) };
  }
  return NO_SYSTEM_CALLS;
}

function common(native: Native): Pick<SystemCalls, 'syncFileSystem' | 'tryLock' | 'setAllocator'> {
  const syncfs = native.find('int syncfs(int file)');
  const flock = native.find('int flock(int file, int operation)');
  const mallopt = native.find('int mallopt(int parameter, int value)');
  return {
    setAllocator: mallopt && ((parameter, value) => void mallopt(parameter, value)),
    syncFileSystem: syncfs && ((file) => native.call('syncfs', syncfs, [file])),
    tryLock:
      flock &&
      ((file) => {
        try {
          native.call('flock', flock, [file, LOCK_EXCLUSIVE_NOW]);
          return true;
        } catch (error) {
          if (error instanceof SystemCallError && (error.code === 'EWOULDBLOCK' || error.code === 'EAGAIN')) return false;
          throw error;
        }
      }),
  };
}

interface Koffi {
  load(library: null): { func(prototype: string): NativeCall };
  errno(): number;
}

function loadNative(): Native | null {
  try {
    const koffi = parseKoffi(createRequire(import.meta.url)('koffi'));
    const library = koffi.load(null);
    return {
      call: (name, native, parameters) => {
        if (native(...parameters) !== 0) throw new SystemCallError(name, koffi.errno());
      },
      find: (prototype) => {
        try {
          return library.func(prototype);
        } catch (error) {
          if (error instanceof Error) return null;
          throw error;
        }
      },
    };
  } catch (error) {
    // No binary for this platform, or a program without its C library's symbols.
    if (error instanceof Error) return null;
    throw error;
  }
}

function parseKoffi(loaded: unknown): Koffi {
  if (typeof loaded !== 'object' || loaded === null || !('load' in loaded) || !('errno' in loaded)) throw new Error('not koffi');
  return loaded as Koffi;
}
