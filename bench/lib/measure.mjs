// @ts-check
/** Wire bytes, memory and processor time, from /proc; null where that is not to be had. */
import { existsSync, readFileSync } from 'node:fs';

const TICKS_PER_SECOND = 100;

/** Bytes sent on loopback, TCP and IP headers included; of this network namespace only. */
export function wireBytes() {
  if (!existsSync('/proc/net/dev')) return null;
  const line = readFileSync('/proc/net/dev', 'utf8')
    .split('\n')
    .find((text) => text.trim().startsWith('lo:'));
  return line === undefined ? null : Number(line.split(':')[1]?.trim().split(/\s+/)[8]);
}

/** @param {number} pid */
function readStat(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  return text
    .slice(text.lastIndexOf(')') + 2)
    .split(' ')
    .map(Number);
}

/** Seconds of processor time of these processes so far. @param {readonly number[]} pids */
export function cpuSeconds(pids) {
  return pids.reduce((sum, pid) => sum + ((readStat(pid)?.[11] ?? 0) + (readStat(pid)?.[12] ?? 0)) / TICKS_PER_SECOND, 0);
}

/** The largest resident size that a process ever had. @param {number} pid */
export function peakRssBytes(pid) {
  if (!existsSync(`/proc/${pid}/status`)) return null;
  const match = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'));
  return match === null ? null : Number(match[1]) * 1024;
}

/** @param {number} pid */
export function rssBytes(pid) {
  const pages = readStat(pid)?.[21];
  return pages === undefined ? null : pages * 4096;
}
