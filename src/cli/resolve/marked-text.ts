/** Both versions of a text in one, for an editor: what is equal once, what is not between conflict markers as git has them. */
import { diffIndices } from 'node-diff3';

const MARKER = /^(?:<{7} |={7}$|>{7} )/m;

export interface MarkedSides {
  readonly ours: string;
  readonly theirs: string;
  readonly ourName: string;
  readonly theirName: string;
}

export function markedText({ ours, theirs, ourName, theirName }: MarkedSides): string {
  const [left, right] = [ours.split('\n'), theirs.split('\n')];
  const lines: string[] = [];
  let at = 0;
  for (const { buffer1, buffer2 } of diffIndices(left, right)) {
    lines.push(...left.slice(at, buffer1[0]), `<<<<<<< ${ourName}`, ...left.slice(buffer1[0], buffer1[0] + buffer1[1]));
    lines.push('=======', ...right.slice(buffer2[0], buffer2[0] + buffer2[1]), `>>>>>>> ${theirName}`);
    at = buffer1[0] + buffer1[1];
  }
  return [...lines, ...left.slice(at)].join('\n');
}

/** A marker was left in that neither version has by itself. */
export function hasMarkers(text: string, { ours, theirs }: Pick<MarkedSides, 'ours' | 'theirs'>): boolean {
  return MARKER.test(text) && !MARKER.test(ours) && !MARKER.test(theirs);
}
