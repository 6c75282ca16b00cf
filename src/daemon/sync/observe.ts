/** Brings the LOCAL tree up to date with the folder. Scan, identify, read what is new. */
import type { NodeId } from '../../core/base/ids.js';
import type { Clock } from '../../core/base/effects.js';
import type { DirectoryListing } from '../../core/tree/listing.js';
import type { UnreadFile } from '../../core/tree/identify.js';
import { identify } from '../../core/tree/identify.js';
import { RACY_MS } from '../../core/tree/stamp.js';
import type { ContentReader, FolderScanner, FoundChanges } from '../ports.js';
import { readWithProgress } from './read-with-progress.js';
import type { VaultTrees } from './vault-trees.js';
import type { WorkRate } from './work-rate.js';

export interface ObserveDeps {
  readonly trees: VaultTrees;
  readonly scanner: FolderScanner;
  readonly reader: ContentReader;
  /** Told how far the reading is. */
  readonly reading: WorkRate;
  readonly newNode: () => NodeId;
  readonly isIgnored: (path: string, isDirectory: boolean) => boolean;
  readonly clock: Clock;
  /** Told which directories exist, as soon as they are seen. */
  readonly onListings: (listings: readonly DirectoryListing[]) => void;
  /** Told what LOCAL has learned, as soon as it has. */
  readonly onChanges: (changes: FoundChanges) => void;
}

/** What to look at: single directories, or everything. */
export type Scope = 'all' | readonly string[];

export interface Observation {
  /** What was looked at: at least what was asked for. */
  readonly scope: Scope;
  /** Files that changed while they were read: look again soon. */
  readonly changing: readonly string[];
  readonly unreadable: readonly string[];
  /** When the newest racy stamp may be trusted, epoch ms; null when none is racy. */
  readonly racyUntilMs: number | null;
  readonly racyDirectories: readonly string[];
}

const MAX_ROUNDS = 16;

export async function observe(deps: ObserveDeps, scope: Scope, signal: AbortSignal): Promise<Observation> {
  const unread = await identifyFolder(deps, scope, signal);
  return { scope, ...(await readUnread(deps, unread, signal)) };
}

async function identifyFolder(deps: ObserveDeps, scope: Scope, signal: AbortSignal): Promise<Map<NodeId, UnreadFile>> {
  const { trees, scanner, newNode, isIgnored, clock } = deps;
  const unread = new Map<NodeId, UnreadFile>();
  let request = scope === 'all' ? { directories: [], recursive: [''] } : { directories: scope, recursive: [] as readonly string[] };
  for (let round = 0; round < MAX_ROUNDS && request.directories.length + request.recursive.length > 0; round += 1) {
    const listings = await scanner.scan(request, { signal });
    deps.onListings(listings);
    const found = identify(trees.local, trees.base, listings, { newNode, isIgnored, nowMs: clock.now() });
    for (const file of found.unread) unread.set(file.node, file);
    deps.onChanges({ directories: found.changed, files: [] });
    request = { directories: found.lookAlso, recursive: found.lookInto };
  }
  return unread;
}

async function readUnread(
  deps: ObserveDeps,
  unread: ReadonlyMap<NodeId, UnreadFile>,
  signal: AbortSignal,
): Promise<Omit<Observation, 'scope'>> {
  const { trees, clock } = deps;
  const files = [...unread.values()].flatMap((file) => {
    const path = trees.local.pathOf(file.node);
    return path === undefined || trees.local.get(file.node)?.status !== 'unknown' ? [] : [{ ...file, path }];
  });
  const results =
    files.length === 0
      ? []
      : await readWithProgress(
          deps,
          files.map(({ path, fingerprint }) => ({ path, expected: fingerprint })),
          signal,
        );
  deps.onChanges({ directories: [], files: results.flatMap(({ status, path }) => (status === 'read' ? [path] : [])) });
  const changing: string[] = [];
  const unreadable: string[] = [];
  const racy = new Set<string>();
  let racyUntilMs: number | null = null;
  results.forEach((result, index) => {
    const file = files[index];
    const entry = file === undefined ? undefined : trees.local.get(file.node);
    if (file === undefined || entry === undefined) return;
    if (result.status === 'unreadable') unreadable.push(result.path);
    else if (result.status !== 'read') changing.push(result.path);
    else {
      const verifiedAtMs = clock.now();
      trees.local.set({ ...entry, status: 'present', content: result.content, fingerprint: result.fingerprint, verifiedAtMs });
      const settledAtMs = Number(BigInt(result.fingerprint.mtimeNs) / 1_000_000n) + RACY_MS;
      if (settledAtMs > verifiedAtMs && settledAtMs <= verifiedAtMs + RACY_MS) {
        racyUntilMs = Math.max(racyUntilMs ?? 0, settledAtMs);
        racy.add(parentPath(result.path));
      }
    }
  });
  return { changing, unreadable, racyUntilMs, racyDirectories: [...racy] };
}

export function parentPath(path: string): string {
  const cut = path.lastIndexOf('/');
  return cut < 0 ? '' : path.slice(0, cut);
}
