/** Numbers as people write them: sizes, durations, counts and times, both ways. */
import { FsyncError } from '../../core/base/errors.js';

const SIZE_UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];

/** 12 → '12 B', 12_900_000 → '12.3 MiB'. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < SIZE_UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  const digits = unit === 0 || value >= 100 ? 0 : 1;
  return `${value.toFixed(digits).replace(/\.0$/, '')} ${SIZE_UNITS[unit] ?? 'B'}`;
}

/** 61_000 → '1 min 1 s', 7_260_000 → '2 h 1 min'. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  if (seconds < 60) return `${String(seconds)} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return withRest(minutes, 'min', seconds % 60, 's');
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return withRest(hours, 'h', minutes % 60, 'min');
  return withRest(Math.floor(hours / 24), 'd', hours % 24, 'h');
}

function withRest(value: number, unit: string, rest: number, restUnit: string): string {
  return rest === 0 ? `${String(value)} ${unit}` : `${String(value)} ${unit} ${String(rest)} ${restUnit}`;
}

/** '1 file', '3 files'. */
export function formatCount(count: number, noun: string, plural = `${noun}s`): string {
  return `${String(count)} ${count === 1 ? noun : plural}`;
}

/** Local time; only the clock when it was on the day of `now`. A text that is no time is shown as it is. */
export function formatTime(iso: string, now: number): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return iso;
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = (date: Date): string => `${String(date.getFullYear())}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}`;
  return day(time) === day(new Date(now)) ? clock : `${day(time)} ${clock}`;
}

/** How long ago, in one unit: '40 s ago', '3 min ago', '2 d ago'. A moment in the future is 'now'. */
export function formatAge(iso: string, now: number): string {
  const seconds = Math.round((now - new Date(iso).getTime()) / 1000);
  if (!(seconds > 0)) return 'now';
  if (seconds < 60) return `${String(seconds)} s ago`;
  if (seconds < 3_600) return `${String(Math.floor(seconds / 60))} min ago`;
  if (seconds < 172_800) return `${String(Math.floor(seconds / 3_600))} h ago`;
  return `${String(Math.floor(seconds / 86_400))} d ago`;
}

const DURATION_UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** '90s', '2h', '1.5d' → milliseconds; a bare number is seconds. null when it is none of these. */
export function parseDuration(text: string): number | null {
  const match = /^(\d{1,12}(?:\.\d{1,6})?)\s*([a-z]*)$/i.exec(text.trim());
  if (match === null) return null;
  const unit = DURATION_UNITS[match[2] === undefined || match[2] === '' ? 's' : match[2].toLowerCase()];
  return unit === undefined ? null : Math.round(Number(match[1]) * unit);
}

/**
 * A moment as the person wrote it: an ISO date (local midnight) or time, or how long ago ('2h', '3d ago').
 * @throws FsyncError usage
 */
export function parseMoment(text: string, now: number): string {
  const ago = /^\d+(\.\d+)?\s*[a-z]+$/i.test(text.replace(/\s+ago$/i, '').trim()) ? parseDuration(text.replace(/\s+ago$/i, '')) : null;
  if (ago !== null) return isoTime(now - ago, text);
  const match = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2}(?::\d{2}(?:\.\d{1,3})?)?)(Z|[+-]\d{2}:\d{2})?)?$/.exec(text.trim());
  if (match === null) throw notATime(text);
  const [, day = '', clock = '00:00', zone = ''] = match;
  return isoTime(new Date(`${day}T${clock}${zone}`).getTime(), text);
}

function isoTime(milliseconds: number, text: string): string {
  const time = new Date(milliseconds);
  if (Number.isNaN(time.getTime())) throw notATime(text);
  return time.toISOString();
}

function notATime(text: string): FsyncError {
  return new FsyncError('usage', `not a time: ${JSON.stringify(text.slice(0, 80))}`, {
    hints: ['Write it as 2026-11-22, 2026-11-22T14:00 or as how long ago: 90s, 2h, 3d.'],
  });
}
