/** Commands that attach folders to vaults and say what in a folder is not synced. */
import type { CommandSpec } from './command-spec.js';

export const FOLDER_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'init',
    group: 'folder',
    summary: 'Make a vault out of a folder',
    description:
      'Makes a vault out of a folder and starts syncing it. What is in the folder is uploaded. The state of the vault is kept in .fsync inside the folder.',
    operands: [{ name: 'DIR', meaning: 'The folder; made if it is not there. Default: the current one.', completion: 'directory' }],
    options: [{ flags: '--name <NAME>', meaning: 'Name of the vault. Default: the name of the folder.' }],
    examples: [
      { command: 'cd ~/notes && fsync init', meaning: 'A vault "notes"' },
      { command: 'fsync init ~/reports --name reports', meaning: 'Another folder, another name' },
      { command: 'fsync init && fsync sync --timeout 600', meaning: 'Wait until all is uploaded' },
    ],
    exits: [4, 5, 6, 7, 8, 9, 11],
    json: 'fsync/status/1',
  },
  {
    name: 'clone',
    group: 'folder',
    summary: 'Attach a folder to an existing vault',
    description:
      'Attaches a folder to a vault of the account and starts downloading. A folder that is not empty is merged: equal files are adopted, different ones become conflicts; nothing is overwritten.',
    operands: [
      { name: 'VAULT', meaning: 'Name or id of the vault; see fsync vaults.', required: true, completion: 'vault' },
      { name: 'DIR', meaning: 'The folder; made if it is not there. Default: a folder named like the vault.', completion: 'directory' },
    ],
    options: [],
    examples: [
      { command: 'fsync clone notes', meaning: 'Into ./notes' },
      { command: 'fsync clone notes ~/Documents/notes', meaning: 'Into a folder that may already have content' },
    ],
    exits: [4, 5, 6, 7, 8, 9, 11],
    json: 'fsync/status/1',
  },
  {
    name: 'vaults',
    group: 'folder',
    summary: 'List the vaults of the account',
    description:
      'Lists the vaults that the account can reach: name, role, stored size, members, devices that have it, and the folder on this device.',
    operands: [],
    options: [],
    examples: [
      { command: 'fsync vaults', meaning: 'A table' },
      { command: "fsync vaults --json | jq -r '.vaults[].name'", meaning: 'Names only' },
    ],
    exits: [5, 6, 7, 8, 9],
    json: 'fsync/vaults/1',
  },
  {
    name: 'detach',
    group: 'folder',
    summary: 'Stop syncing a folder; its files stay',
    description: 'Stops syncing a folder. Its files stay, and so does the vault on the server; fsync clone attaches the folder again.',
    operands: [{ name: 'DIR', meaning: 'A path inside the vault. Default: the current folder.', completion: 'directory' }],
    options: [],
    examples: [
      { command: 'fsync detach', meaning: 'The vault around the current folder' },
      { command: 'fsync detach ~/notes && fsync clone notes ~/notes', meaning: 'Attach it anew' },
    ],
    exits: [4, 5, 8],
    json: 'fsync/detach/1',
  },
  {
    name: 'vault delete',
    group: 'folder',
    summary: 'Delete a vault on the server',
    description:
      'Deletes a vault and all of its history on the server, for everyone and for good. Its name has to be typed. The files in folders stay; the folder on this device is detached. Only an owner can do it.',
    operands: [{ name: 'NAME', meaning: 'Name or id of the vault; see fsync vaults.', required: true, completion: 'vault' }],
    options: [{ flags: '--confirm <NAME>', meaning: 'The name once more, in place of typing it at the question.' }],
    examples: [
      { command: 'fsync vault delete notes', meaning: 'Asks for the name' },
      { command: 'fsync vault delete ci-cache --confirm ci-cache', meaning: 'In a script' },
    ],
    exits: [4, 5, 6, 7, 8],
    json: 'fsync/vault-delete/1',
  },
  {
    name: 'ignore',
    group: 'folder',
    summary: 'Add rules to .fsyncignore',
    description:
      'Appends patterns to .fsyncignore at the root of the vault (the syntax of .gitignore) and says what in the folder they match already. Ignored is not deleted: what was synced before stays where it is.',
    operands: [{ name: 'PATTERN', meaning: 'A pattern as in .gitignore.', required: true, variadic: true, completion: 'path' }],
    options: [],
    examples: [
      { command: "fsync ignore '*.log' node_modules/", meaning: 'Quote patterns, so that the shell leaves them alone' },
      { command: "fsync ignore '!important.log'", meaning: 'An exception to an earlier rule' },
    ],
    exits: [4],
    json: 'fsync/ignore/1',
  },
  {
    name: 'check-ignore',
    group: 'folder',
    summary: 'Show which rule ignores a path',
    description:
      'Shows for each path the rule that decides about it. Prints only ignored paths. Exits 0 when at least one path is ignored and 1 when none is, like git check-ignore.',
    operands: [
      { name: 'PATH', meaning: 'A path inside the vault; it need not exist.', required: true, variadic: true, completion: 'path' },
    ],
    options: [],
    examples: [
      { command: 'fsync check-ignore build/app.log', meaning: 'Prints file, line, pattern and path of the rule' },
      { command: 'fsync check-ignore --json *', meaning: 'Every path, ignored or not' },
    ],
    exits: [4],
    json: 'fsync/check-ignore/1',
  },
];
