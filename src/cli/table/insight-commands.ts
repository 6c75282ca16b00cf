/** Commands that say what is going on: why a path is not in sync, what happens, whether everything is whole. */
import type { CommandSpec, OperandSpec } from './command-spec.js';

const VAULT_PATH: OperandSpec = { name: 'PATH', meaning: 'A path inside the vault. Default: the current folder.', completion: 'path' };

export const INSIGHT_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'wait',
    group: 'sync',
    summary: 'Return when it is true',
    description:
      'Waits until the vault is in sync, until the server has everything that was changed here, or until every device that has the vault has what is here, and says meanwhile what it waits for. A server that cannot be reached is waited for too. Conflicts count as in sync.',
    operands: [VAULT_PATH],
    options: [
      { flags: '--timeout <S>', meaning: 'Give up after S seconds (or 90s, 10m, 2h) and exit 8. Default: a day.' },
      {
        flags: '--until <WHAT>',
        meaning:
          'synced: both folders and the server are the same. uploaded: the server has everything from here. all-devices: so have the folders of all devices to which the vault is attached, also of other members; jobs with a token do not count. Default: synced.',
        choices: ['synced', 'uploaded', 'all-devices'],
      },
    ],
    examples: [
      { command: 'fsync wait --timeout 60 && make', meaning: 'Build on what everyone has' },
      { command: 'fsync wait --until uploaded --timeout 30 && systemctl suspend', meaning: 'Before the laptop is closed' },
      { command: 'fsync wait --until all-devices --timeout 10m && rm -r ~/old-copy', meaning: 'Once it is everywhere' },
    ],
    exits: [4, 5, 6, 8, 9, 10, 11],
    json: 'fsync/status/1',
  },
  {
    name: 'why',
    group: 'sync',
    summary: 'Why a path is, or is not, in sync',
    description:
      'Tells everything that is known about one path: the rule that ignores it, what it waits for, the last error and when it is tried again, the conflict it is in, its newest versions, and which devices have the newest one.',
    operands: [{ name: 'PATH', meaning: 'A path inside the vault; it need not exist.', required: true, completion: 'path' }],
    options: [],
    examples: [
      { command: 'fsync why build/out.o', meaning: 'Which rule ignores it' },
      { command: "fsync why --json report.odt | jq -r '.failure.message'", meaning: 'The last error' },
    ],
    exits: [4, 5, 8],
    json: 'fsync/why/1',
  },
  {
    name: 'events',
    group: 'sync',
    summary: 'A stream of what happens',
    description:
      'Prints one JSON object a line: state, commit, conflict, settled, problem or transfer. It begins with how things are, and with --follow goes on until it is interrupted. Outside of a vault: of every vault on this device.',
    operands: [VAULT_PATH],
    options: [{ flags: '-f, --follow', meaning: 'Go on and print what happens.' }],
    examples: [
      { command: 'fsync events --follow', meaning: 'Everything, until Ctrl-C' },
      { command: 'fsync events -f | jq --unbuffered -r \'select(.event == "conflict").copy\'', meaning: 'Conflicts as they come' },
    ],
    exits: [4, 5, 8],
    json: 'fsync/event/1',
  },
  {
    name: 'prompt',
    group: 'sync',
    summary: 'A segment for the shell prompt',
    description:
      'Prints how the vault around the current folder is: [fsync ok], [fsync +2 -1] for what waits to go up and down, [fsync !1] for conflicts, [fsync off] without a daemon; outside of a vault nothing. It reads one small file and asks nobody. --shell prints a function for sh, bash and zsh that does the same without starting a program.',
    operands: [],
    options: [{ flags: '--shell', meaning: 'Print the shell function fsync_prompt.' }],
    examples: [
      { command: 'fsync prompt --shell >> ~/.bashrc', meaning: "Then, for example: PS1='$(fsync_prompt) '$PS1" },
      { command: 'fsync prompt', meaning: 'The segment' },
    ],
    exits: [],
    json: 'fsync/prompt/1',
  },
  {
    name: 'verify',
    group: 'sync',
    summary: 'Check that every file is whole',
    description:
      'Hashes every file anew and compares it with what was synced: bytes that changed although nobody wrote them are damage. With --server every chunk is asked for, downloaded and opened as well. Nothing is changed.',
    operands: [VAULT_PATH],
    options: [{ flags: '--server', meaning: 'Also read everything from the server.' }],
    examples: [
      { command: 'fsync verify', meaning: 'The files here' },
      { command: 'fsync verify --server', meaning: 'And what the server keeps' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/verify/1',
  },
  {
    name: 'doctor',
    group: 'daemon',
    summary: 'Find what is wrong, and how to mend it',
    description:
      'Looks at what usually goes wrong: versions, the daemon, how many directories can be watched, disk space, the account and its keys, the server and its certificate, the clock, notifications, and the state of each vault. Each line that is not ok says how to mend it. Exits with 1 when there is a problem, with 0 when there are warnings only.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync doctor', meaning: 'Everything' },
      { command: 'fsync doctor --json | jq \'.findings[] | select(.level != "ok")\'', meaning: 'What is not as it should be' },
    ],
    exits: [],
    json: 'fsync/doctor/1',
  },
];
