/** The keys of a device in a real Secret Service: a private bus with its own gnome-keyring, locked and unlocked. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { projectRoot, run, type RunResult } from '../../scripts/harness/processes.mjs';
import { startServer, type ServerProcess } from '../../scripts/harness/server-process.mjs';
import { isExpected, requireBuild } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

const PROGRAM = join(projectRoot, 'bin', 'fsync.js');
const PASSWORD = 'correct horse battery staple';
const UNLOCK = `printf keyring-password | gnome-keyring-daemon --unlock --components=secrets --daemonize >/dev/null`;

describe.runIf(isExpected('gnome-keyring-daemon') && isExpected('dbus-run-session') && isExpected('secret-tool'))(
  'a keychain (gnome-keyring)',
  () => {
    let base: string;
    let server: ServerProcess;
    beforeAll(async () => {
      requireBuild();
      base = tempFolder(afterAll);
      server = await startServer({ dataDir: join(base, 'server'), logFile: join(base, 'server.log') });
    });
    afterAll(async () => {
      await server.stop();
    });

    /** Commands of a person of that name in one session of a desktop; the daemon is stopped with it. `$FSYNC` is the program. */
    function session(name: string, commands: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<RunResult> {
      const home = join(base, name);
      const runtime = join(home, 'run');
      mkdirSync(runtime, { recursive: true, mode: 0o700 });
      const script = [
        'set -u',
        `FSYNC="${process.execPath} ${PROGRAM}"`,
        "trap '$FSYNC daemon stop >/dev/null 2>&1' EXIT",
        ...commands,
      ].join('\n');
      return run('dbus-run-session', ['--', 'bash', '-c', script], {
        cwd: home,
        timeoutMs: 120_000,
        env: {
          HOME: home,
          XDG_RUNTIME_DIR: runtime,
          XDG_DATA_HOME: join(home, 'data'),
          XDG_STATE_HOME: join(home, 'state'),
          XDG_CONFIG_HOME: join(home, 'config'),
          FSYNC_HOME: '',
          FSYNC_PASSWORD: PASSWORD,
          FSYNC_SERVER: server.url,
          ...env,
        },
      });
    }

    it('that is not there any more is found by doctor, and is back after a restart of the daemon', async () => {
      const { stdout, code, stderr } = await session('doctor', [
        UNLOCK,
        '$FSYNC register --user doctor --device laptop --json >/dev/null || exit 99',
        '$FSYNC doctor --json',
        'BUS=$DBUS_SESSION_BUS_ADDRESS; export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere',
        '$FSYNC daemon restart >/dev/null; $FSYNC doctor --json; echo $?',
        'export DBUS_SESSION_BUS_ADDRESS=$BUS FSYNC_KEYCHAIN=off',
        '$FSYNC daemon restart >/dev/null; $FSYNC doctor --json',
        'unset FSYNC_KEYCHAIN; $FSYNC daemon restart >/dev/null; $FSYNC doctor --json',
      ]);
      expect({ code, stderr: stderr.replace(/^.*(?:dbus-daemon|gnome-keyring).*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
      const [before = '', away = '', exit, off = '', after = ''] = stdout.trim().split('\n');
      const keys = (text: string) => (JSON.parse(text) as { findings: { name: string }[] }).findings.find(({ name }) => name === 'keys');
      expect(keys(before)).toMatchObject({ level: 'ok', found: 'in the keychain' });
      expect(keys(away)).toMatchObject({ level: 'problem', found: expect.stringMatching(/^the keychain (refused|did not answer)/) });
      expect(keys(away)).toMatchObject({ mend: expect.stringContaining('fsync daemon restart') });
      expect(exit).toBe('1');
      expect(keys(off)).toMatchObject({ level: 'problem', found: 'the keychain is switched off by FSYNC_KEYCHAIN' });
      expect(keys(after)).toMatchObject({ level: 'ok', found: 'in the keychain' });
    }, 240_000);

    const filesBelow = (folder: string): readonly string[] =>
      readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name));

    it('keeps the keys through a restart of the daemon and of the session, and nothing secret is in a file of fsync', async () => {
      const first = await session('ada', [
        UNLOCK,
        '$FSYNC register --user ada --device laptop --json',
        '$FSYNC daemon restart >/dev/null',
        '$FSYNC whoami --json',
        'mkdir notes && echo hello > notes/a.txt && $FSYNC init notes --json',
      ]);
      expect({ code: first.code, stderr: first.stderr.replace(/^dbus-daemon.*\n/gm, '') }).toEqual({ code: 0, stderr: '' });
      const [registered, whoami, vault] = first.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
      expect(whoami).toMatchObject({ user: 'ada', keyStore: 'keychain' });
      expect(vault).toMatchObject({ state: 'synced' });
      const again = await session('ada', [UNLOCK, '$FSYNC sync notes --json']);
      expect(JSON.parse(again.stdout)).toMatchObject({ state: 'synced' });

      // The keyring of the desktop is its own affair; what fsync wrote has no key, in whatever form keys are kept.
      const home = join(base, 'ada');
      const ours = filesBelow(home).filter((path) => !path.includes('/keyrings/') && !/\/daemon\.pid$|-(?:shm|wal)$/.test(path));
      expect(ours.some((path) => path.includes('/state/fsync/'))).toBe(true);
      expect(ours.filter((path) => path.includes('/keys/'))).toEqual([]);
      const kept = await session('ada', [UNLOCK, 'secret-tool search --all --unlock service fsync 2>&1 | sed -n "s/^secret = //p"']);
      const secrets = kept.stdout.split('\n').filter((line) => line.length >= 16);
      expect(secrets.length).toBeGreaterThan(0);
      const phrase = String(registered?.['recoveryPhrase']);
      for (const path of ours) {
        // The daemon may be putting its last files away.
        const bytes = existsSync(path) ? readFileSync(path, 'latin1') : '';
        for (const secret of [...secrets, phrase, PASSWORD])
          expect({ path, hasSecret: bytes.includes(secret) }).toEqual({ path, hasSecret: false });
      }
    }, 240_000);

    it.each([
      ['missing', ['export DBUS_SESSION_BUS_ADDRESS=unix:path=/nowhere']],
      ['locked', ['gnome-keyring-daemon --start --components=secrets >/dev/null 2>&1']],
    ])(
      'says what to do when it is %s, and signs nobody in',
      async (name, before) => {
        const { code, stderr } = await session(`nobody-${name}`, [...before, `$FSYNC register --user ${name} --device box`]);
        // What comes before is of the bus and the keyring.
        const said = stderr.slice(Math.max(0, stderr.indexOf('fsync: ')));
        expect(said).toMatch(/^fsync: there is no keychain to keep this device's keys in\n/);
        expect(said).toMatch(/FSYNC_KEY_PASSPHRASE_FILE\) and run: fsync daemon restart\n.*--insecure-key-file\n$/);
        expect(code).toBe(6);
        const passphrase = join(base, 'passphrase');
        writeFileSync(passphrase, 'a long passphrase\n', { mode: 0o600 });
        const sealed = await session(
          `nobody-${name}`,
          [...before, `$FSYNC daemon restart >/dev/null; $FSYNC register --user ${name} --device box --json`],
          { FSYNC_KEY_PASSPHRASE_FILE: passphrase },
        );
        expect(JSON.parse(sealed.stdout)).toMatchObject({ user: name, keyStore: 'sealed-file' });
        rmSync(passphrase);
      },
      240_000,
    );
  },
);
