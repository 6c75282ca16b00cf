/**
 * Shares `room` rows between lists of `wanted` entries, in turn and in order, one entry at a time. A
 * list that gets any entry takes `frame` rows more. Returns how many entries each may show.
 */
export function allot(wanted: readonly number[], room: number, frame: number): readonly number[] {
  const given = wanted.map(() => 0);
  let left = room;
  for (let more = true; more;) {
    more = false;
    for (const [index, want] of wanted.entries()) {
      const have = given[index] ?? 0;
      const cost = have === 0 ? frame + 1 : 1;
      if (have >= want || cost > left) continue;
      given[index] = have + 1;
      left -= cost;
      more = true;
    }
  }
  return given;
}
