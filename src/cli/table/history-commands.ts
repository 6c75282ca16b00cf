/** Commands about what is in a vault and what was: looking at versions, comparing, bringing back. */
import type { CommandSpec, OperandSpec, OptionSpec } from './command-spec.js';

const VERSION: OptionSpec = {
  flags: '--version <V>',
  meaning: 'The version that this commit left: its number in fsync log.',
  completion: 'version',
};
const AT: OptionSpec = { flags: '--at <TIME>', meaning: 'The version of that time: 2026-11-22, 2026-11-22T14:00, 90s, 2h or 3d ago.' };
const DRY_RUN: OptionSpec = { flags: '--dry-run', meaning: 'Only say what would be changed.' };
const EXISTING: OperandSpec = { name: 'PATH', meaning: 'A path inside the vault.', required: true, completion: 'deleted' };
const HISTORY_EXITS = [4, 5, 6, 7, 8, 9];
const CHANGING_EXITS = [3, 4, 5, 6, 7, 8, 9, 10, 11];

export const HISTORY_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'log',
    group: 'history',
    summary: 'History of a vault or a file',
    description:
      'Shows the history, newest first: of the vault by commit (who, on which device, when, what), or of one file through its renames, also of one that was deleted. The number of a commit is a version: fsync show, diff and restore take it.',
    operands: [{ name: 'PATH', meaning: 'A path inside the vault. Default: the whole vault.', completion: 'path' }],
    options: [
      { flags: '-n, --number <N>', meaning: 'At most N commits. Default: 20, or all with --since.' },
      { flags: '--since <T>', meaning: 'Only since T: 2026-11-22, 2026-11-22T14:00, 90s, 2h or 3d ago.' },
      { flags: '--stat', meaning: 'List every change of each commit, and how many files and bytes.' },
      { flags: '-f, --follow', meaning: 'Go on and print new commits as they come, oldest first.' },
    ],
    examples: [
      { command: 'fsync log', meaning: 'The last commits' },
      { command: 'fsync log --stat --since 1d notes/todo.md', meaning: 'One file, since yesterday' },
      { command: 'fsync log --follow --json', meaning: 'One document a line for each new commit' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/log/1',
  },
  {
    name: 'ls',
    group: 'history',
    summary: 'The tree with state, size and version',
    description:
      'Lists everything at and below a path: whether it is in sync, its size, the commit that changed it last, and when. What is on the server only is listed too.',
    operands: [{ name: 'PATH', meaning: 'A path inside the vault. Default: the current folder.', completion: 'path' }],
    options: [
      { flags: '--remote', meaning: 'The tree on the server, as this device has verified it.' },
      { flags: '--deleted', meaning: 'What was deleted and can be brought back with fsync restore.' },
    ],
    examples: [
      { command: 'fsync ls', meaning: 'The current folder and what is in it' },
      { command: 'fsync ls --deleted', meaning: 'What can be brought back' },
      { command: 'fsync ls --json | jq -r \'.entries[] | select(.state != "synced") | .path\'', meaning: 'Everything that is not in sync' },
    ],
    exits: HISTORY_EXITS,
    json: 'fsync/ls/1',
  },
  {
    name: 'show',
    group: 'history',
    summary: 'Print a version of a file',
    description:
      'Prints a file as it was: PATH@V, with V the number of a commit or a time. A file that was renamed is found under its name of now. Without @V: the newest version on the server, or the last one before the file was deleted.',
    operands: [{ name: 'PATH@V', meaning: 'A file, and which version of it.', required: true, completion: 'path-version' }],
    options: [],
    examples: [
      { command: 'fsync show notes/todo.md@412', meaning: 'As commit 412 left it' },
      { command: 'fsync show photo.jpg@2d > old.jpg', meaning: 'As it was two days ago' },
    ],
    exits: HISTORY_EXITS,
    json: 'fsync/show/1',
  },
  {
    name: 'diff',
    group: 'history',
    summary: 'Compare with an earlier version',
    description:
      'Says what is different here from the newest version on the server, or from a given one: for text line by line, for other files and for folders by name.',
    operands: [{ name: 'PATH', meaning: 'A file or folder inside the vault. Default: the current folder.', completion: 'path' }],
    options: [VERSION, AT, { flags: '--stat', meaning: 'Only the names of what is different.' }],
    examples: [
      { command: 'fsync diff', meaning: 'What is not uploaded yet' },
      { command: 'fsync diff notes/todo.md --at 1d', meaning: 'What was changed since yesterday' },
      { command: 'fsync diff --version 412 --stat', meaning: 'Which files are different from commit 412' },
    ],
    exits: HISTORY_EXITS,
    json: 'fsync/diff/1',
  },
  {
    name: 'restore',
    group: 'history',
    summary: 'Bring back a file, a folder or the vault as it was',
    description:
      'Makes a path again what it was: a file, a folder with everything in it, or the whole vault (.). What has been added there since is removed, what was moved elsewhere stays there. It is a commit like any other: it goes to all devices, nothing leaves the history, and fsync undo takes it back. What is deleted comes back without a version: the last one there was.',
    operands: [EXISTING],
    options: [
      VERSION,
      AT,
      { flags: '--to <PATH>', meaning: 'Bring it back under another name; what is there now stays.', completion: 'path' },
      DRY_RUN,
    ],
    examples: [
      { command: 'fsync restore notes/todo.md', meaning: 'A file that was deleted' },
      { command: 'fsync restore report.odt --version 412 --to report-old.odt', meaning: 'An earlier version, beside the one of now' },
      { command: 'fsync restore . --at 2h --dry-run', meaning: 'What would change if the vault were as two hours ago' },
    ],
    exits: CHANGING_EXITS,
    json: 'fsync/restore/1',
  },
  {
    name: 'undo',
    group: 'history',
    summary: 'Take back the last thing that was done',
    description:
      'Takes back the last batch of changes that came from other devices, the last resolve or the last restore, as a new commit for all devices. What was changed again since then stays as it is. Repeated, it goes further back.',
    operands: [{ name: 'DIR', meaning: 'A path inside the vault. Default: the current folder.', completion: 'directory' }],
    options: [DRY_RUN],
    examples: [
      { command: 'fsync undo --dry-run', meaning: 'What would be taken back' },
      { command: 'fsync undo', meaning: 'Take it back, everywhere' },
    ],
    exits: CHANGING_EXITS,
    json: 'fsync/undo/1',
  },
];
