/** Results of work that goes on in the background, as an async iterable that owns the work. */

/**
 * Runs `work` while the results it emits are iterated. When the loop is left early, the signal is
 * aborted; the iterable ends only when `work` has settled, and throws what it threw.
 */
export async function* streamResults<Result>(
  signal: AbortSignal,
  work: (emit: (result: Result) => void, signal: AbortSignal) => Promise<void>,
): AsyncGenerator<Result> {
  const controller = new AbortController();
  const ready: Result[] = [];
  let wake: () => void = () => undefined;
  const state = { settled: false };
  const emit = (result: Result): void => {
    ready.push(result);
    wake();
  };
  const running = work(emit, AbortSignal.any([signal, controller.signal])).finally(() => {
    state.settled = true;
    wake();
  });
  // Its failure is thrown below; until then it must not count as unhandled.
  running.catch(() => undefined);
  try {
    for (;;) {
      while (ready.length > 0) yield* ready.splice(0);
      if (state.settled) break;
      await new Promise<void>((resolve) => (wake = resolve));
    }
    await running;
  } finally {
    controller.abort();
    await running.catch(() => undefined);
  }
}
