/** Where a command prints: results to stdout, talk and progress to stderr, colour where it is wanted. */
import type { IpcEvent } from '../../core/protocol/ipc.js';
import { printableJson } from './printable.js';
import { createProgress } from './progress.js';
import { renderText, yellow, type Text } from './text.js';

/** The part of a stream that is used here. */
export interface OutputStream {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

export interface Output {
  /** One line for people on stdout. */
  line(text?: Text): void;
  /** One JSON document, one line, on stdout. */
  document(document: object): void;
  /** Text that this program made as a whole (help, scripts): printed as it is. */
  raw(text: string): void;
  /** One line on stderr; a running progress line gives way. */
  readonly note: (text: Text) => void;
  /** What the daemon says while a call is under way. */
  readonly event: (event: IpcEvent) => void;
  /** stdout is a terminal that can be redrawn. */
  readonly interactive: boolean;
  /** Colour on stdout. */
  readonly color: boolean;
}

export type ColorChoice = 'auto' | 'always' | 'never';

export interface OutputDeps {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: () => number;
}

export function createOutput(deps: OutputDeps, choice: ColorChoice): Output {
  const { stdout, stderr } = deps;
  const color = wantsColor(stdout, deps.env, choice);
  const errorColor = wantsColor(stderr, deps.env, choice);
  const live = stderr.isTTY === true && deps.env['TERM'] !== 'dumb';
  const progress = createProgress({ stream: stderr, now: deps.now, live });
  const note = (text: Text): void => {
    progress.clear();
    stderr.write(`${renderText(text, errorColor)}\n`);
  };
  return {
    line(text = '') {
      progress.clear();
      stdout.write(`${renderText(text, color)}\n`);
    },
    document(document) {
      progress.clear();
      stdout.write(`${printableJson(document)}\n`);
    },
    raw(text) {
      stdout.write(text);
    },
    note,
    event(event) {
      if (event.kind === 'warning') note(yellow(`warning: ${event.text}`));
      else progress.show(event);
    },
    interactive: stdout.isTTY === true && deps.env['TERM'] !== 'dumb',
    color,
  };
}

/** --color decides; else a terminal, unless NO_COLOR is set (to anything but nothing) or the terminal is dumb. */
function wantsColor(stream: OutputStream, env: OutputDeps['env'], choice: ColorChoice): boolean {
  if (choice !== 'auto') return choice === 'always';
  const refused = env['NO_COLOR'] !== undefined && env['NO_COLOR'] !== '';
  return stream.isTTY === true && !refused && env['TERM'] !== 'dumb';
}
