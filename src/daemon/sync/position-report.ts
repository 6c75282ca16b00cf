/**
 * Tells the server up to which commit the folder holds the vault. It is only ever news for others:
 * what cannot be told now is told the next time that the folder is found in sync, and nothing waits for it.
 */
import { isFsyncError } from '../../core/base/errors.js';
import { sealPositionName, signPosition } from '../../core/log/position.js';
import type { HeldCommit, PositionTeller, SessionDeps } from './session-ports.js';
import { sleep } from './sleep.js';

type ReportDeps = Pick<SessionDeps, 'account' | 'device' | 'info' | 'logger' | 'random' | 'remote'>;

/** While commits come one upon the other, they are told together. */
const PAUSE_MS = 1_000;
/** The end of a session waits so long for the last word. */
const LAST_MS = 1_000;

export class PositionReport implements PositionTeller {
  readonly #deps: ReportDeps;
  readonly #pauses = new AbortController();
  readonly #requests = new AbortController();
  #next: HeldCommit | null = null;
  #told: HeldCommit | null = null;
  #running: Promise<void> | null = null;

  constructor(deps: ReportDeps) {
    this.#deps = deps;
  }

  tell(held: HeldCommit): void {
    if (this.#pauses.signal.aborted || isSame(held, this.#next ?? this.#told)) return;
    this.#next = held;
    this.#running ??= this.#run().finally(() => {
      this.#running = null;
    });
  }

  async stop(): Promise<void> {
    this.#pauses.abort();
    const timer = setTimeout(() => {
      this.#requests.abort();
    }, LAST_MS);
    await this.#running;
    clearTimeout(timer);
  }

  async #run(): Promise<void> {
    for (let held = this.#next; held !== null; held = this.#next) {
      this.#next = null;
      if (isSame(held, this.#told)) continue;
      await this.#send(held);
      await sleep(PAUSE_MS, this.#pauses.signal);
    }
  }

  async #send(held: HeldCommit): Promise<void> {
    const { logger, remote } = this.#deps;
    try {
      const signed = this.#sign(held);
      if (signed !== null) await remote.putPosition(signed, { signal: this.#requests.signal });
      this.#told = held;
    } catch (error) {
      // An older server keeps no positions: it is asked again at the next commit only.
      if (isFsyncError(error, 'not_found')) this.#told = held;
      logger.debug('the position was not told', { commit: held.seq, error });
    }
  }

  /** Null for a token: it is no device, and a job that came once is not waited for. */
  #sign({ seq, hash, atMs }: HeldCommit): Uint8Array | null {
    const { account, device, info, random } = this.#deps;
    const keys = account.require();
    if (keys.scope !== null) return null;
    const { vault, keyring } = info;
    return signPosition(keys.credential, {
      vault,
      account: keys.account,
      device: device.id,
      chainSeq: keys.chain.seq,
      seq,
      hash,
      time: atMs,
      epoch: keyring.current.epoch,
      nameSealed: sealPositionName(random, keyring, device.id, device.name),
    });
  }
}

function isSame(held: HeldCommit, other: HeldCommit | null): boolean {
  return held.hash === other?.hash && held.historyId === other.historyId;
}
