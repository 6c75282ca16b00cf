/** Variables and files that fsync knows, for the manual. Variables that stand for an option are listed with it, too. */

export interface NamedMeaning {
  readonly name: string;
  readonly meaning: string;
}

export const ENVIRONMENT: readonly NamedMeaning[] = [
  {
    name: 'FSYNC_HOME',
    meaning:
      'Folder that holds every file of this installation: settings, keys, socket and logs. Several of them on one machine do not know each other.',
  },
  { name: 'FSYNC_PASSWORD', meaning: 'Password for register and login where there is no terminal to ask on.' },
  {
    name: 'FSYNC_TOKEN',
    meaning:
      'Token of a job: what it lets through works at once, without signing in and without a keychain. Needs FSYNC_SERVER, and a home of its own.',
  },
  { name: 'FSYNC_SERVER', meaning: 'Address of the server for register, login and FSYNC_TOKEN.' },
  { name: 'FSYNC_USER', meaning: 'Login name for register and login.' },
  { name: 'FSYNC_DEVICE', meaning: 'Name of this device for register and login.' },
  { name: 'FSYNC_CA_FILE', meaning: 'Certificate authorities to trust besides the built-in ones.' },
  {
    name: 'FSYNC_KEY_PASSPHRASE',
    meaning: 'Passphrase that seals the key file of this device where there is no keychain; read by the daemon.',
  },
  { name: 'FSYNC_KEY_PASSPHRASE_FILE', meaning: 'File that holds this passphrase.' },
  { name: 'FSYNC_INSECURE_KEY_FILE', meaning: 'Set to 1: keep the keys of this device in a plain file.' },
  { name: 'FSYNC_KEYCHAIN', meaning: 'Set to off: do not use the keychain of the system.' },
  { name: 'NO_COLOR', meaning: 'Set to anything: no colour.' },
  { name: 'TERM', meaning: 'Set to dumb: no colour and no redrawing.' },
  {
    name: 'XDG_CONFIG_HOME',
    meaning: 'Folder of settings, without FSYNC_HOME. Likewise XDG_STATE_HOME for state and logs, and XDG_DATA_HOME for keys.',
  },
];

export const FILES: readonly NamedMeaning[] = [
  { name: '.fsync/', meaning: 'In the folder of a vault: its identity, its state, and files on their way. Never synced.' },
  { name: '.fsyncignore', meaning: 'At the root of a vault: what is not synced, in the syntax of .gitignore. Synced itself.' },
  { name: '.fsyncattributes', meaning: 'At the root of a vault: how conflicts are settled without a person. Synced itself.' },
  { name: '~/.config/fsync/config.json', meaning: 'Settings.' },
  { name: '~/.local/state/fsync/', meaning: 'Who is signed in, which folders are attached, the socket of the daemon.' },
  { name: '~/.local/state/fsync/logs/daemon.log', meaning: 'Log of the daemon.' },
  { name: '~/.local/share/fsync/keys/', meaning: 'Keys, where there is no keychain.' },
  { name: '~/Library/Application Support/fsync/', meaning: 'All of these on macOS, with the log in ~/Library/Logs/fsync/.' },
];
