/**
 * A page of the guide as something that can be played: its `console` blocks are sessions on machines,
 * `laptop$ fsync status` followed by what that printed.
 */

export interface GuideStep {
  /** The word before the `$`. */
  readonly machine: string;
  readonly command: string;
  /** Lines as they stand on the page. */
  readonly printed: readonly string[];
  /** Index in the page's lines of the first printed one. */
  readonly at: number;
}

export interface GuidePage {
  readonly lines: readonly string[];
  readonly steps: readonly GuideStep[];
}

const PROMPT = /^(\w+)\$ (.*)$/;

export function parseGuidePage(text: string): GuidePage {
  const lines = text.split('\n');
  const steps: GuideStep[] = [];
  let inBlock = false;
  for (const [index, line] of lines.entries()) {
    if (line.startsWith('```')) {
      inBlock = line === '```console';
      continue;
    }
    if (!inBlock) continue;
    const [, machine, command] = PROMPT.exec(line) ?? [];
    const last = steps.at(-1);
    if (machine !== undefined && command !== undefined) steps.push({ machine, command, printed: [], at: index + 1 });
    else if (last !== undefined) steps[steps.length - 1] = { ...last, printed: [...last.printed, line] };
  }
  return { lines, steps };
}

/** The page with what was printed this time in place of what stood there; an empty line before the next prompt stays. */
export function withPrinted({ lines, steps }: GuidePage, printed: readonly (readonly string[])[]): string {
  const next = [...lines];
  for (const [index, step] of [...steps.entries()].reverse()) {
    const gap = step.printed.at(-1) === '' ? [''] : [];
    next.splice(step.at, step.printed.length, ...(printed[index] ?? []), ...gap);
  }
  return next.join('\n');
}

const CHANGING: readonly (readonly [RegExp, string])[] = [
  [/\d{4}-\d{2}-\d{2} \d{6} [0-9a-z]{4}/g, 'DATE TIME HASH'],
  [/\d{4}-\d{2}-\d{2}(T[\d:.]+Z)?/g, 'DATE'],
  [/\d{2}:\d{2}:\d{2}/g, 'TIME'],
  [/\b[0-9a-f]{12,64}\b/g, 'ID'],
  [/\b(process|pid) \d+/g, '$1 N'],
  [/[\d.]+ (B|KiB|MiB)\/s/g, 'RATE'],
  [/ {2,}/g, '  '],
];

/** What is the same each time: without clock, ids and the width of columns. */
export function lasting(lines: readonly string[]): readonly string[] {
  const text = CHANGING.reduce((all, [pattern, word]) => all.replaceAll(pattern, word), lines.join('\n'));
  return text.trimEnd().split('\n');
}
