/** Commands about the background process. */
import type { CommandSpec } from './command-spec.js';

export const DAEMON_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'daemon run',
    group: 'daemon',
    summary: 'Run the daemon in the foreground',
    description: 'Runs the daemon in this process until it is stopped: for systemd, containers and tests.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync daemon run', meaning: 'Ctrl-C ends it' },
      { command: 'FSYNC_HOME=/srv/fsync fsync daemon run', meaning: 'Another installation on the same machine' },
    ],
    exits: [5],
    json: null,
  },
  {
    name: 'daemon start',
    group: 'daemon',
    summary: 'Start the daemon in the background',
    description: 'Starts the daemon unless it runs. Commands that need it start it by themselves.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync daemon start', meaning: 'In a login script' },
      { command: "fsync daemon start --json | jq '.pid'", meaning: 'Its process id' },
    ],
    exits: [5],
    json: 'fsync/daemon-status/1',
  },
  {
    name: 'daemon stop',
    group: 'daemon',
    summary: 'Stop the daemon',
    description: 'Stops the daemon: running steps are finished, nothing is left half-done. It is no error when it does not run.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync daemon stop', meaning: 'And wait until it has ended' },
      { command: 'fsync push && fsync daemon stop', meaning: 'Upload first' },
    ],
    exits: [5],
    json: 'fsync/daemon-stop/1',
  },
  {
    name: 'daemon restart',
    group: 'daemon',
    summary: 'Stop the daemon and start it again',
    description: 'Stops the daemon if it runs, and starts it again: after an update, for example.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync daemon restart', meaning: 'Take over a new version' },
      { command: "fsync daemon restart --json | jq -r '.version'", meaning: 'And show it' },
    ],
    exits: [5],
    json: 'fsync/daemon-status/1',
  },
  {
    name: 'daemon status',
    group: 'daemon',
    summary: 'Show whether the daemon runs',
    description: 'Shows the process, its socket and its vaults. Exits 5 when the daemon does not run; it is not started.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync daemon status', meaning: 'Process, memory, vaults' },
      { command: 'fsync daemon status --json', meaning: 'The same for scripts' },
    ],
    exits: [5],
    json: 'fsync/daemon-status/1',
  },
  {
    name: 'daemon logs',
    group: 'daemon',
    summary: 'Show the log of the daemon',
    description: 'Prints the last lines of the log of the daemon. With --json one object a line, as they were logged.',
    operands: [],
    options: [
      { flags: '-n, --number <N>', meaning: 'How many lines. Default: 100.' },
      { flags: '-f, --follow', meaning: 'Go on and print new lines as they come.' },
    ],
    examples: [
      { command: 'fsync daemon logs -f', meaning: 'Watch it work' },
      { command: 'fsync daemon logs -n 1000 --json', meaning: 'For a report' },
    ],
    exits: [4],
    json: 'fsync/daemon-logs/1',
  },
];
