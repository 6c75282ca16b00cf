/** Commands about the state of a vault: looking, waiting, conflicts, pausing. */
import type { CommandSpec, OperandSpec, OptionSpec } from './command-spec.js';

const VAULT_PATH: OperandSpec = { name: 'PATH', meaning: 'A path inside the vault. Default: the current folder.', completion: 'path' };
const PAUSE_DIR: OperandSpec = {
  name: 'DIR',
  meaning: 'A path inside the vault. Without it: every vault on this device.',
  completion: 'directory',
};
const TIMEOUT: OptionSpec = {
  flags: '--timeout <S>',
  meaning: 'Give up after S seconds (or 90s, 10m, 2h) and exit 8. Default: a day.',
};
const ONCE: OptionSpec = { flags: '--once', meaning: 'In one process; start no daemon. One that runs already does the work.' };
const GUARD_ID: OptionSpec = { flags: '--id <ID>', meaning: 'Only if what is held back still has this id (see guard show).' };
const GUARD_EXITS = [4, 5, 6, 7, 8, 9, 10];
const SYNC_EXITS = [3, 4, 5, 6, 7, 8, 9, 10, 11];

export const SYNC_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'status',
    group: 'sync',
    summary: 'In sync or not, and why not',
    description:
      'Says whether the vault is in sync; if not, what waits, what is being transferred, which conflicts there are and what cannot be synced and why. It reads what the daemon knows and never scans. A conflict is a file that was changed on two devices: one version has the name, the other is a conflict copy next to it.',
    operands: [VAULT_PATH],
    options: [
      { flags: '-s, --short', meaning: 'One line a path: U to upload, D to download, C conflict, ! cannot be synced.' },
      { flags: '--exit-code', meaning: 'Exit 12 when not in sync, 3 with conflicts, 10 when a guard holds, 1 on an error.' },
      {
        flags: '-w, --watch',
        meaning:
          'A live view: p pauses, r resolves, l shows the history, ? helps, q ends it. Without a terminal: a line (with --json a document) on each change.',
      },
    ],
    examples: [
      { command: 'fsync status', meaning: 'The vault around the current folder' },
      { command: 'fsync status --exit-code --short', meaning: 'For scripts and prompts' },
      { command: "fsync status --json | jq -r '.conflicts[].copy'", meaning: 'All conflict copies' },
    ],
    exits: [3, 4, 5, 6, 8, 10, 12],
    json: 'fsync/status/1',
  },
  {
    name: 'push',
    group: 'sync',
    summary: 'Upload now and wait',
    description:
      'Uploads what was changed here and waits until the server has it. The same rules hold as when the daemon does it by itself.',
    operands: [VAULT_PATH],
    options: [TIMEOUT, ONCE],
    examples: [
      { command: 'fsync push', meaning: 'Before closing the laptop' },
      { command: 'fsync push ~/notes --timeout 60', meaning: 'At most a minute' },
    ],
    exits: SYNC_EXITS,
    json: 'fsync/status/1',
  },
  {
    name: 'pull',
    group: 'sync',
    summary: 'Download now and wait',
    description: 'Downloads what was changed elsewhere and waits until it is in the folder.',
    operands: [VAULT_PATH],
    options: [TIMEOUT, ONCE],
    examples: [
      { command: 'fsync pull', meaning: 'Before a build' },
      { command: 'fsync pull ~/notes --once --timeout 60', meaning: 'In CI: no daemon, at most a minute' },
    ],
    exits: SYNC_EXITS,
    json: 'fsync/status/1',
  },
  {
    name: 'sync',
    group: 'sync',
    summary: 'Upload and download until in sync',
    description:
      'Uploads and downloads until the folder and the vault are the same, and waits for it. With --once no daemon is needed: one process syncs and ends, for CI and cron (a daemon that runs already does it).',
    operands: [VAULT_PATH],
    options: [TIMEOUT, ONCE],
    examples: [
      { command: 'fsync sync', meaning: 'Both ways, and wait' },
      { command: 'fsync sync --timeout 30m && make', meaning: 'Build on what everyone has' },
      { command: 'fsync sync --once --json', meaning: 'In CI' },
    ],
    exits: SYNC_EXITS,
    json: 'fsync/status/1',
  },
  {
    name: 'resolve',
    group: 'sync',
    summary: 'Settle conflicts',
    description:
      'Settles conflicts: of the given paths (the file or its conflict copy), or all. Whatever is chosen, the other version stays in the history. On a terminal without an option an interactive view shows both versions of each conflict and collects what to keep; nothing is applied before it is confirmed.',
    operands: [{ name: 'PATH', meaning: 'Conflicts to settle. Default: all.', variadic: true, completion: 'conflict' }],
    options: [
      { flags: '--ours', meaning: 'Keep the version of this device.' },
      { flags: '--theirs', meaning: 'Keep the version of the other device.' },
      { flags: '--both', meaning: 'Keep both as files of their own.' },
      { flags: '--merge', meaning: 'Merge line by line; what cannot be merged stays a conflict.' },
      {
        flags: '--tool <CMD>',
        meaning:
          'Run CMD on each text and keep what it leaves in "$MERGED"; the two versions are "$LOCAL" and "$REMOTE". Without a "$" in CMD the three are added to it.',
      },
    ],
    examples: [
      { command: 'fsync resolve', meaning: 'Look at each conflict and choose' },
      { command: 'fsync resolve notes/todo.md --merge', meaning: 'Merge one' },
      { command: 'fsync resolve --theirs', meaning: 'Take the other version everywhere' },
    ],
    exits: [3, 4, 5, 6, 8, 10, 11],
    json: 'fsync/resolve/1',
  },
  {
    name: 'guard show',
    group: 'sync',
    summary: 'What a safety guard holds back, and why',
    description:
      'Shows what waits for a decision, with a sample: when more than half of the files (and more than 100) would be deleted or rewritten at once, when the folder is missing, emptied or another one, or when the server does not have the history any more that this device has seen. Meanwhile nothing is deleted or rewritten; new files go on syncing. Exits with 10 while something is held back.',
    operands: [VAULT_PATH],
    options: [],
    examples: [
      { command: 'fsync guard show', meaning: 'What is held back in this vault' },
      { command: "fsync guard show --json | jq -r '.guard.server.sample[].path'", meaning: 'Some of the files that would go' },
    ],
    exits: [4, 5, 8, 10],
    json: 'fsync/guard/1',
  },
  {
    name: 'guard approve',
    group: 'sync',
    summary: 'Let happen what a safety guard holds back',
    description:
      'Lets exactly the changes happen that are held back now, and no later ones. A folder that is another one now is taken as it is and joined with the server; a server that went back in time is sent what it lacks: neither deletes anything.',
    operands: [VAULT_PATH],
    options: [GUARD_ID],
    examples: [
      { command: 'fsync guard approve', meaning: 'Yes, I meant to delete them' },
      { command: 'fsync guard approve --id 3f9a11c02b7e && fsync sync', meaning: 'Only what was shown under this id, and wait' },
    ],
    exits: GUARD_EXITS,
    json: 'fsync/guard/1',
  },
  {
    name: 'guard reject',
    group: 'sync',
    summary: 'Put back what a safety guard holds back',
    description:
      'Puts things back: files that were deleted or rewritten here come again from the server (what was rewritten here stays in .fsync/stash for a day), files that others deleted or rewrote are sent again from here, a folder that is missing is made anew from the server.',
    operands: [VAULT_PATH],
    options: [GUARD_ID],
    examples: [
      { command: 'fsync guard reject', meaning: 'No, bring them back' },
      { command: 'fsync guard reject && fsync sync', meaning: 'And wait until they are back' },
    ],
    exits: GUARD_EXITS,
    json: 'fsync/guard/1',
  },
  {
    name: 'pause',
    group: 'sync',
    summary: 'Stop exchanging changes',
    description: 'A paused vault exchanges nothing with the server but keeps noticing what changes here.',
    operands: [PAUSE_DIR],
    options: [],
    examples: [
      { command: 'fsync pause', meaning: 'Every vault on this device' },
      { command: 'fsync pause ~/notes', meaning: 'One vault' },
    ],
    exits: [4, 5, 8],
    json: 'fsync/pause/1',
  },
  {
    name: 'resume',
    group: 'sync',
    summary: 'Go on exchanging changes',
    description: 'Ends a pause: what was changed here and elsewhere meanwhile is exchanged.',
    operands: [PAUSE_DIR],
    options: [],
    examples: [
      { command: 'fsync resume', meaning: 'Every vault on this device' },
      { command: 'fsync resume ~/notes && fsync sync ~/notes', meaning: 'One vault, and wait' },
    ],
    exits: [4, 5, 8],
    json: 'fsync/resume/1',
  },
];
