/** The log as the server has it: S1, S4 and the tree that it folds to. */
import { fromBase64Url } from '../../src/core/base/bytes.js';
import { ROOT_NODE, type NodeId } from '../../src/core/base/ids.js';
import { decodeCommit } from '../../src/core/log/commit.js';
import { openCommitRecord } from '../../src/core/log/commit-record.js';
import type { NodeState } from '../../src/core/tree/node.js';
import { treeProblem } from '../support/fake-vault.js';
import { simAccount } from './account.js';
import { entryLine } from './folder-tree.js';
import { callerOf, type SimServer } from './sim-server.js';

export interface ServerTree {
  /** Path → entry; the content of files as its id. */
  readonly tree: ReadonlyMap<string, string>;
  readonly live: readonly NodeState[];
  readonly paths: ReadonlyMap<NodeId, string>;
  /** What does not hold. */
  readonly problems: readonly string[];
}

export async function readServerTree({ feed }: SimServer): Promise<ServerTree> {
  const { vault, keyring } = simAccount();
  const problems: string[] = [];
  const nodes = new Map<NodeId, NodeState>();
  const revisions = new Map<NodeId, number>();
  let seq = 0;
  for (let more = true; more;) {
    const query = { vault, since: seq, limit: null, waitMs: 0, historyId: null };
    const page = await feed.changes(callerOf('A'), query, new AbortController().signal);
    for (const { signed, records } of page.commits) {
      const { header } = decodeCommit(fromBase64Url(signed));
      seq += 1;
      if (header.seq !== seq) problems.push(`S1: commit ${String(header.seq)} where ${String(seq)} was due`);
      for (const { node, rev } of header.ops) {
        if (rev !== (revisions.get(node) ?? 0) + 1)
          problems.push(`S4: revision ${String(rev)} of a node at ${String(revisions.get(node) ?? 0)}`);
        revisions.set(node, rev);
      }
      for (const { node, rev, bytes } of records) {
        const op = header.ops.find((one) => one.node === node && one.rev === rev);
        if (op !== undefined) nodes.set(node, openCommitRecord(keyring, header, op, fromBase64Url(bytes)));
      }
    }
    more = page.more;
  }
  const live = [...nodes.values()].filter(({ deleted }) => !deleted);
  const broken = treeProblem(live);
  if (broken !== null) problems.push(`S2: ${broken}`);
  const paths = broken === null ? pathsOf(live, nodes) : new Map<NodeId, string>();
  return { tree: new Map(live.map((state) => [paths.get(state.node) ?? '', lineOf(state)])), live, paths, problems };
}

function pathsOf(live: readonly NodeState[], nodes: ReadonlyMap<NodeId, NodeState>): Map<NodeId, string> {
  const paths = new Map<NodeId, string>();
  for (const state of live) {
    const names = [state.name];
    for (let at = nodes.get(state.parent); at !== undefined && state.parent !== ROOT_NODE; at = nodes.get(at.parent)) names.push(at.name);
    paths.set(state.node, names.reverse().join('/'));
  }
  return paths;
}

function lineOf({ kind, mode, target, content }: NodeState): string {
  return entryLine(kind, (mode & 0o100) !== 0, target ?? content?.id ?? '');
}
