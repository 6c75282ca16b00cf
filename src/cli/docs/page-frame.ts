/** What every page of the manual begins and ends with, in mdoc. */

/** Date of the manual: changed by hand when its text changes in meaning. */
const DATE = 'November 22, 2026';

export function head(title: string, summary: string, section = 1): readonly string[] {
  return [`.Dd ${DATE}`, `.Dt ${title.toUpperCase()} ${String(section)}`, '.Os', '.Sh NAME', `.Nm ${title}`, `.Nd ${summary}`];
}

/** By section, then by name. */
export function seeAlso(pages: readonly (readonly [name: string, section: number])[]): readonly string[] {
  return pages
    .toSorted(([a, one], [b, other]) => one - other || (a < b ? -1 : 1))
    .map(([name, section], index) => `.Xr ${name} ${String(section)}${index === pages.length - 1 ? '' : ' ,'}`);
}
