/** Notices inside one process: what a server without Redis uses, and the local half of the Redis bus. */
import type { Notice, NoticeBus } from '../ports.js';

export function createMemoryBus(): NoticeBus {
  const listeners = new Set<(notice: Notice) => void>();
  return {
    publish(notice) {
      for (const listener of [...listeners]) listener(notice);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => {
        listeners.delete(listener);
      };
    },
    connected: true,
    shared: false,
    close() {
      listeners.clear();
      return Promise.resolve();
    },
  };
}
