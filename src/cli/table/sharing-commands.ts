/** Commands about who a vault is shared with. All act on the vault around the current folder. */
import type { CommandSpec } from './command-spec.js';

export const SHARING_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'share',
    group: 'folder',
    summary: 'Share a vault with another account',
    description:
      'Gives another account of the same server a role in the vault: a reader gets all of it and sends nothing, a writer reads and writes, an owner may also share it. Sharing again changes the role. Shows the safety words of both sides first: compare them over another way than the server, so that it cannot put an account of its own in between. Only an owner can do it.',
    operands: [{ name: 'USER', meaning: 'Login name of the other account.', required: true, completion: 'none' }],
    options: [
      { flags: '--role <ROLE>', meaning: 'What the account may do.', choices: ['reader', 'writer', 'owner'] },
      { flags: '--words <WORDS>', meaning: 'The safety words that USER sees with fsync whoami: they are compared, and nothing is asked.' },
      { flags: '-y, --yes', meaning: 'Share without comparing; the member is listed as not compared.' },
    ],
    examples: [
      { command: 'fsync share grace --role writer', meaning: 'Shows the safety words and asks' },
      { command: 'fsync share grace --role reader', meaning: 'From now on she may only read' },
      { command: 'fsync share grace --role reader --words "$WORDS"', meaning: 'In a script' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/share/1',
  },
  {
    name: 'unshare',
    group: 'folder',
    summary: 'Take a vault away from an account',
    description:
      'Takes an account out of the members of a vault. The server cuts it off at once, and its devices stop syncing the vault; the files on them stay. What it has read it may keep. Only an owner can do it.',
    operands: [
      {
        name: 'USER',
        meaning: 'Login name, or the first characters of the account id; see fsync members.',
        required: true,
        completion: 'none',
      },
    ],
    options: [],
    examples: [
      { command: 'fsync unshare grace', meaning: 'From the vault around the current folder' },
      { command: 'fsync unshare 3f9a01c2 --json -C ~/notes', meaning: 'By the beginning of the account id' },
    ],
    exits: [4, 5, 6, 7, 8, 9],
    json: 'fsync/unshare/1',
  },
  {
    name: 'members',
    group: 'folder',
    summary: 'Who a vault is shared with',
    description:
      'Lists the members of the vault with their roles, as the signed log of the vault names them. A login name is the word of the server until its safety words were compared on this device.',
    operands: [],
    options: [{ flags: '--words', meaning: 'Print the safety words of each.' }],
    examples: [
      { command: 'fsync members', meaning: 'A table' },
      { command: "fsync members --json | jq -r '.members[] | [.user, .role] | @tsv'", meaning: 'Names and roles' },
    ],
    exits: [4, 5, 6, 8, 9],
    json: 'fsync/members/1',
  },
];
