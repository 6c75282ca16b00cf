/** Faults that wait for the n-th call of a port, of a device's daemon or of the server. Each strikes once. */
interface PendingFault {
  readonly on: 'disk' | 'network' | 'state' | 'database' | 'blobs';
  readonly strike: () => void;
  left: number;
}

export class Faults {
  #pending: PendingFault[] = [];

  /** `strike` runs at the `nth` call from now, and may throw what the call is to throw. */
  add(on: PendingFault['on'], nth: number, strike: () => void): void {
    this.#pending.push({ on, left: nth, strike });
  }

  clear(): void {
    this.#pending = [];
  }

  /** @throws what a fault that strikes now throws */
  call(on: PendingFault['on']): void {
    const struck: PendingFault[] = [];
    for (const fault of this.#pending) {
      if (fault.on !== on) continue;
      fault.left -= 1;
      if (fault.left <= 0) struck.push(fault);
    }
    if (struck.length === 0) return;
    this.#pending = this.#pending.filter((fault) => !struck.includes(fault));
    for (const fault of struck) fault.strike();
  }
}
