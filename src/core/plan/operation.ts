/** What a plan asks for: records to commit, changes to the folder, and BASE rows that became true. */
import type { NodeId } from '../base/ids.js';
import type { BaseNode } from '../tree/base-tree.js';
import type { ConflictMark, FileContent, NodeKind } from '../tree/node.js';

/** The facets of a node that merge separately, and what a record needs beside them. */
export interface MergedFacets {
  readonly parent: NodeId;
  readonly name: string;
  readonly kind: NodeKind;
  readonly deleted: boolean;
  readonly mode: number;
  readonly mtimeMs: number;
  readonly content: FileContent | null;
  readonly target: string | null;
  readonly conflict: ConflictMark | null;
}

/** A record that the server lacks. */
export interface CommitOp {
  readonly node: NodeId;
  readonly facets: MergedFacets;
  /** The hybrid stamp of the new revision. */
  readonly stamp: number;
  /** Nodes whose operations must be in the same or an earlier commit: parents made, names freed, children gone. */
  readonly after: readonly NodeId[];
  /** True when the content is only in this folder and must be uploaded first. */
  readonly needsUpload: boolean;
  /** Nodes whose local state is fully accounted for once this is committed: BASE takes over what is on disk. */
  readonly rebase: readonly NodeId[];
}

/** A change to the folder. The merged facets are what the node must become; the server already has them. */
export type ApplyOp =
  | { readonly op: 'create'; readonly node: NodeId; readonly facets: MergedFacets }
  | { readonly op: 'move'; readonly node: NodeId; readonly facets: MergedFacets }
  | { readonly op: 'replace'; readonly node: NodeId; readonly facets: MergedFacets }
  | { readonly op: 'set-mode'; readonly node: NodeId; readonly facets: MergedFacets }
  | { readonly op: 'remove'; readonly node: NodeId };

export interface Plan {
  readonly commit: readonly CommitOp[];
  readonly apply: readonly ApplyOp[];
  /** Nodes equal on both sides whose BASE row must follow. */
  readonly settle: readonly NodeId[];
  /** BASE rows of nodes that are not in sync yet, with the facets that are. */
  readonly agreed: readonly BaseNode[];
  /** Nodes that were looked at and are equal in all three trees. */
  readonly equal: readonly NodeId[];
  /**
   * Nodes that one side had deleted with their directory and that live on because the other side moved
   * it. Their BASE row must go at once: the move may be in sync before they are where they belong, and
   * then nothing but the missing row says that their absence is no deletion.
   */
  readonly overruled: readonly NodeId[];
  /** Nodes that wait for something that planning again will not change, with the reason. */
  readonly blocked: ReadonlyMap<NodeId, string>;
}
