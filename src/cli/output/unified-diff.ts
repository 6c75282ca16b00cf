/** Two texts as a unified diff, as `diff -u` prints it. */
import { diffIndices } from 'node-diff3';

export interface DiffNames {
  readonly before: string;
  readonly after: string;
}

interface Hunk {
  /** First lines and lengths, with context, from 0. */
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
  readonly changes: readonly Change[];
}

interface Change {
  readonly before: readonly [number, number];
  readonly after: readonly [number, number];
}

const CONTEXT = 3;

/** Empty for equal texts. */
export function unifiedDiff(before: string, after: string, names: DiffNames): string {
  const [old, young] = [linesOf(before), linesOf(after)];
  const changes = diffIndices(old.lines, young.lines).map(({ buffer1, buffer2 }): Change => ({ before: buffer1, after: buffer2 }));
  if (changes.length === 0) return '';
  const lines = [`--- ${names.before}`, `+++ ${names.after}`];
  for (const hunk of hunksOf(changes, old.lines.length, young.lines.length)) lines.push(...hunkLines(hunk, old, young));
  return `${lines.join('\n')}\n`;
}

interface TextLines {
  readonly lines: readonly string[];
  /** The last line has no line end, and is told apart from one that has. */
  readonly isOpen: boolean;
}

const NO_NEWLINE = '\n\\ No newline at end of file';

function linesOf(text: string): { readonly lines: string[]; readonly isOpen: boolean } {
  if (text === '') return { lines: [], isOpen: false };
  const isOpen = !text.endsWith('\n');
  const lines = (isOpen ? text : text.slice(0, -1)).split('\n');
  if (isOpen) lines.push(`${lines.pop() ?? ''}${NO_NEWLINE}`);
  return { lines, isOpen };
}

/** Changes with no more than twice the context between them share a hunk. */
function hunksOf(changes: readonly Change[], oldCount: number, youngCount: number): readonly Hunk[] {
  const groups: Change[][] = [];
  for (const change of changes) {
    const last = groups.at(-1)?.at(-1);
    if (last !== undefined && change.before[0] - (last.before[0] + last.before[1]) <= 2 * CONTEXT) groups.at(-1)?.push(change);
    else groups.push([change]);
  }
  return groups.flatMap((group) => {
    const [first, last] = [group[0], group.at(-1)];
    if (first === undefined || last === undefined) return [];
    const lead = Math.min(CONTEXT, first.before[0], first.after[0]);
    const [oldEnd, youngEnd] = [last.before[0] + last.before[1], last.after[0] + last.after[1]];
    const tail = Math.min(CONTEXT, oldCount - oldEnd, youngCount - youngEnd);
    const [oldStart, youngStart] = [first.before[0] - lead, first.after[0] - lead];
    return [{ before: [oldStart, oldEnd + tail - oldStart], after: [youngStart, youngEnd + tail - youngStart], changes: group }];
  });
}

function hunkLines({ before, after, changes }: Hunk, old: TextLines, young: TextLines): readonly string[] {
  const lines = [`@@ -${rangeText(before)} +${rangeText(after)} @@`];
  let at = before[0];
  for (const change of changes) {
    lines.push(...old.lines.slice(at, change.before[0]).map((line) => ` ${line}`));
    at = change.before[0] + change.before[1];
    lines.push(...old.lines.slice(change.before[0], at).map((line) => `-${line}`));
    lines.push(...young.lines.slice(change.after[0], change.after[0] + change.after[1]).map((line) => `+${line}`));
  }
  return [...lines, ...old.lines.slice(at, before[0] + before[1]).map((line) => ` ${line}`)];
}

/** From 1; an empty range names the line before it. */
function rangeText([start, length]: readonly [number, number]): string {
  return length === 1 ? String(start + 1) : `${String(length === 0 ? start : start + 1)},${String(length)}`;
}
