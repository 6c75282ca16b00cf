/** How much went over the line lately: one sample a second, drawn as a row of blocks. */

/** Seconds that are kept. */
export const KEPT_SAMPLES = 60;

const BLOCKS = ['▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];

/** Bytes a second, oldest first; empty once nothing has moved for as long as is kept. */
export function withSample(samples: readonly number[], bytesPerSecond: number): readonly number[] {
  const kept = [...samples, bytesPerSecond].slice(-KEPT_SAMPLES);
  return kept.some((sample) => sample > 0) ? kept : [];
}

/** The newest samples in at most `width` characters, against the highest of them: 0 is '▁', the highest '█'. */
export function throughputGraph(samples: readonly number[], width: number): string {
  const shown = samples.slice(-width);
  const highest = Math.max(1, ...shown);
  return shown.map((sample) => BLOCKS[Math.ceil((sample / highest) * (BLOCKS.length - 1))] ?? '').join('');
}
