/** Every commit that the server accepted: which contents it has for good, and what a repeated one must not change. */
import { decodeCommit } from '../../src/core/log/commit.js';
import { openCommitRecord } from '../../src/core/log/commit-record.js';
import type { Caller } from '../../src/server/http/route.js';
import type { CommitInput } from '../../src/server/services/commit-plan.js';
import type { Commits } from '../../src/server/services/commits.js';
import { simAccount } from './account.js';
import { contentIdOfText } from './content-of-text.js';

interface Accepted {
  readonly caller: Caller;
  readonly input: CommitInput;
  readonly seq: number;
}

export class AcceptedCommits {
  readonly #commits: () => Commits;
  #accepted: Accepted[] = [];
  readonly #contents = new Set<string>();
  #opened = 0;

  /** `commits`: the service as it is now. */
  constructor(commits: () => Commits) {
    this.#commits = commits;
  }

  readonly accept: Commits['accept'] = async (caller, input) => {
    const answer = await this.#commits().accept(caller, input);
    this.#accepted.push({ caller, input, seq: answer.seq });
    return answer;
  };

  get count(): number {
    return this.#accepted.length;
  }

  /** The server forgot all that came after the first so many. */
  goBackTo(count: number): void {
    this.#accepted = this.#accepted.slice(0, count);
    this.#contents.clear();
    this.#opened = 0;
  }

  /** Whether some revision of some node on the server has this content. */
  holds(text: string): boolean {
    for (; this.#opened < this.#accepted.length; this.#opened += 1) this.#open(this.#accepted[this.#opened]);
    return this.#contents.has(contentIdOfText(text));
  }

  /** S3: the newest commit of each device once more gets the answer that it got. Says what does not hold. */
  async replay(): Promise<readonly string[]> {
    const newest = new Map(this.#accepted.map((one) => [one.caller.device, one]));
    const problems: string[] = [];
    for (const { caller, input, seq } of newest.values()) {
      const answer = await this.#commits().accept(caller, input);
      if (answer.seq !== seq) problems.push(`S3: commit ${String(seq)} sent again became ${String(answer.seq)}`);
    }
    return problems;
  }

  #open(accepted: Accepted | undefined): void {
    if (accepted === undefined) return;
    const { header } = decodeCommit(accepted.input.signed);
    const ops = new Map(header.ops.map((op) => [op.node, op]));
    for (const { node, bytes } of accepted.input.records) {
      const op = ops.get(node);
      if (op === undefined) continue;
      const { content } = openCommitRecord(simAccount().keyring, header, op, bytes);
      if (content !== null) this.#contents.add(content.id);
    }
  }
}
