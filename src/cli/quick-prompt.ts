/**
 * `fsync prompt` without options, as shells ask it before each prompt: the same as commands/prompt.ts,
 * without all that parses and prints for the other commands.
 */
import { writeSync } from 'node:fs';
import { printable } from './output/printable.js';
import { promptSegment, readPromptLine, rootAround } from './prompt-segment.js';

/** False when it could not: the command line does it then, and says what is wrong. */
export function printPrompt(): boolean {
  try {
    const root = rootAround(process.cwd());
    if (root !== null) writeSync(1, `${printable(promptSegment(readPromptLine(root)))}\n`);
    return true;
  } catch {
    return false;
  }
}
