/** When two looks at a file say that nobody wrote to it. */
import type { Fingerprint } from './node.js';

/** A stamp this close to the moment of reading may hide a later write (git's "racy" rule). */
export const RACY_MS = 2000;

/** Same inode, size and times: nobody wrote, unless the stamp is racy. */
export function sameStamp(a: Fingerprint, b: Fingerprint): boolean {
  return a.size === b.size && a.mtimeNs === b.mtimeNs && a.ctimeNs === b.ctimeNs && a.ino === b.ino && a.dev === b.dev;
}

/** The content was read so soon after the last change that a later write might have left the stamp as it is, and enough time has passed to settle it. */
export function isRacy(known: { readonly fingerprint: Fingerprint; readonly verifiedAtMs: number }, nowMs: number): boolean {
  const changedAtMs = Number(known.fingerprint.ctimeNs) / 1e6;
  return known.verifiedAtMs - changedAtMs < RACY_MS && nowMs - changedAtMs >= RACY_MS;
}
