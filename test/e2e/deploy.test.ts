/** The files in deploy/ are what the programs that read them understand. */
import { spawnSync } from 'node:child_process';
import { cpSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { projectRoot } from '../../scripts/harness/processes.mjs';
import { isInstalled } from '../support/cli-process.js';
import { tempFolder } from '../support/temp-folder.js';

const deploy = path.join(projectRoot, 'deploy');
const units = readdirSync(deploy).filter((name) => /\.(service|timer)$/.test(name));

describe('deploy', () => {
  it.skipIf(!isInstalled('systemd-analyze'))('has units that systemd understands (needs systemd-analyze)', () => {
    const folder = tempFolder();
    for (const unit of units) cpSync(path.join(deploy, unit), path.join(folder, unit));
    const checked = spawnSync('systemd-analyze', ['--man=no', 'verify', ...units.map((unit) => path.join(folder, unit))], {
      encoding: 'utf8',
    });
    expect([checked.stderr, checked.status]).toEqual(['', 0]);
  });

  it('has a backup that runs as the user of the server, and reads what the server reads', () => {
    const read = (unit: string): readonly string[] => readFileSync(path.join(deploy, unit), 'utf8').split('\n');
    const [server, backup] = [read('fsync-server.service'), read('fsync-server-backup.service')];
    const value = (lines: readonly string[], key: string): string =>
      lines.find((line) => line.startsWith(`${key}=`))?.slice(key.length + 1) ?? '';
    expect(value(backup, 'User')).toBe('fsync-server');
    expect(value(backup, 'EnvironmentFile')).toBe(value(server, 'EnvironmentFile'));
    expect(value(server, 'Environment')).toContain('FSYNC_DATA_DIR=/var/lib/fsync-server ');
    expect(value(backup, 'Environment')).toContain('FSYNC_DATA_DIR=/var/lib/fsync-server ');
  });
});
