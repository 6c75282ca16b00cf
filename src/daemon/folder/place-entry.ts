/**
 * Puts a finished temporary file or link at its place in the folder. What stood there is exchanged
 * out, looked at, and kept: there is no moment without a file, and no write that is lost.
 */
import { FsyncError } from '../../core/base/errors.js';
import type { Fingerprint } from '../../core/tree/node.js';
import { errnoOf } from '../home/errno.js';
import type { StepResult } from '../ports.js';
import type { ApplyContext, Place } from './apply-context.js';
import { sameBytes } from './fingerprint.js';
import { meansChanged } from './storage-error.js';

export interface Placement {
  readonly temp: Place;
  /** What the temporary entry looks like. */
  readonly print: Fingerprint;
  readonly target: Place;
  /** What the planner saw at the target; null for nothing. */
  readonly expected: Fingerprint | null;
  /** Number of the step in its batch. */
  readonly step: number;
}

/** @throws FsyncError path_changed and errors of the file calls, when the folder is as it was before */
export function placeEntry(context: ApplyContext, placement: Placement): StepResult {
  const { temp, print, target, expected } = placement;
  let outcome: Outcome = { placed: true, displaced: null };
  if (expected === null) {
    context.rename.noReplace(temp.at, target.at);
    context.changed(temp, target);
  } else {
    if (context.require(target, expected).type === 'directory') throw new FsyncError('path_changed', `${target.path} is a directory`);
    outcome = swapIn(context, placement, expected) ?? replaceByStash(context, placement, expected);
  }
  const now = outcome.placed ? lookAtPlaced(context, target, print) : null;
  if (now === null || !sameBytes(now, print)) return changed(outcome.displaced);
  return { status: 'done', fingerprint: now, displaced: outcome.displaced };
}

/** It is there even if nobody can look: the next scan sees that its ctime is another one, and reads it. */
function lookAtPlaced(context: ApplyContext, target: Place, print: Fingerprint): Fingerprint | null {
  try {
    return context.look(target)?.print ?? null;
  } catch (error) {
    if (errnoOf(error) === null) throw error;
    return print;
  }
}

export function changed(displaced: string | null): StepResult {
  return displaced === null ? { status: 'changed' } : { status: 'changed', displaced };
}

interface Outcome {
  readonly placed: boolean;
  /** Stash entry with bytes that nobody expected. */
  readonly displaced: string | null;
}

/** By exchanging the two names. Null when the file system cannot, and nothing happened. */
function swapIn(context: ApplyContext, placement: Placement, expected: Fingerprint): Outcome | null {
  const { temp, target, step } = placement;
  if (!context.rename.exchange(temp.at, target.at)) return null;
  context.changed(temp, target);
  try {
    const out = context.look(temp);
    if (out?.type === 'directory') throw new FsyncError('path_changed', `${target.path} became a directory`);
    const entry = context.stash(temp, step);
    if (out !== null && sameBytes(out.print, expected)) return { placed: true, displaced: null };
    return { placed: true, displaced: context.displaced(entry, target.path) };
  } catch (error) {
    takeBack(context, placement, expected);
    throw error;
  }
}

/**
 * What came out of an exchange could not be kept: it goes back to where the user put it. But the user may have written to what
 * came in, or put something else in its place: then that stays, and what came out is kept for the sweep, unless it was expected.
 */
function takeBack(context: ApplyContext, { temp, print, target, step }: Placement, expected: Fingerprint): void {
  if (context.look(temp) === null) return;
  context.rename.exchange(temp.at, target.at);
  const back = context.look(temp);
  if (back === null || sameBytes(back.print, print)) return;
  context.rename.exchange(temp.at, target.at);
  const out = context.look(temp);
  if (out !== null && !sameBytes(out.print, expected)) context.keep(temp, step);
}

/** Where names cannot be exchanged: the old one into the stash, verified there, the new one into the gap without overwriting. */
function replaceByStash(context: ApplyContext, { temp, target, step }: Placement, expected: Fingerprint): Outcome {
  const entry = context.stash(target, step);
  const out = context.look(entry);
  if (out === null || !sameBytes(out.print, expected)) {
    return { placed: false, displaced: context.putBack(entry, target) ? null : context.displaced(entry, target.path) };
  }
  try {
    context.rename.noReplace(temp.at, target.at);
    context.changed(temp, target);
    return { placed: true, displaced: null };
  } catch (error) {
    if (errnoOf(error) !== null && !meansChanged(error)) context.putBack(entry, target);
    throw error;
  }
}
