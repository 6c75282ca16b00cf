/** What a service manager has to know to run the daemon of one installation. */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Environment } from '../command-context.js';
import { launchdPlist } from './launchd-plist.js';
import { systemdUnit } from './systemd-unit.js';

export interface DaemonService {
  /** Node and the daemon's program, absolute. */
  readonly command: readonly [string, ...string[]];
  /** Variables without which the daemon would look elsewhere for its files. */
  readonly environment: ReadonlyMap<string, string>;
}

/** A file for the service manager, and the commands that have it read it. */
export interface ServiceDefinition {
  readonly manager: 'systemd' | 'launchd';
  readonly name: string;
  readonly file: string;
  readonly content: string;
  readonly activate: readonly (readonly [string, ...string[]])[];
  readonly deactivate: readonly (readonly [string, ...string[]])[];
}

export interface Machine {
  /** As `process.platform`. */
  readonly platform: string;
  readonly env: Environment;
  readonly homedir: string;
  readonly uid: number;
}

/** Where files are. Nothing secret: the definition can be read by everyone. */
const VARIABLES = ['FSYNC_HOME', 'XDG_CONFIG_HOME', 'XDG_STATE_HOME', 'XDG_DATA_HOME', 'NODE_EXTRA_CA_CERTS'];

export function environmentOf(env: Environment): ReadonlyMap<string, string> {
  return new Map(VARIABLES.flatMap((name) => (env[name] === undefined || env[name] === '' ? [] : [[name, env[name]]])));
}

/** Null where neither systemd nor launchd is at home. */
export function serviceDefinition(machine: Machine, service: DaemonService): ServiceDefinition | null {
  if (machine.platform === 'linux') return systemdService(machine, service);
  if (machine.platform === 'darwin') return launchdService(machine, service);
  return null;
}

function systemdService({ env, homedir }: Machine, service: DaemonService): ServiceDefinition {
  const name = `fsync${suffixOf(env)}.service`;
  const folder = join(env['XDG_CONFIG_HOME'] ?? join(homedir, '.config'), 'systemd', 'user');
  const systemctl = (...args: string[]) => ['systemctl', '--user', ...args] as const;
  return {
    manager: 'systemd',
    name,
    file: join(folder, name),
    content: systemdUnit(service),
    activate: [systemctl('daemon-reload'), systemctl('enable', '--now', name)],
    deactivate: [systemctl('disable', '--now', name)],
  };
}

function launchdService({ env, homedir, uid }: Machine, service: DaemonService): ServiceDefinition {
  const name = `org.fsync.daemon${suffixOf(env)}`;
  const file = join(homedir, 'Library', 'LaunchAgents', `${name}.plist`);
  const domain = `gui/${String(uid)}`;
  return {
    manager: 'launchd',
    name,
    file,
    content: launchdPlist(name, service),
    activate: [['launchctl', 'bootstrap', domain, file]],
    deactivate: [['launchctl', 'bootout', `${domain}/${name}`]],
  };
}

/** Installations that FSYNC_HOME keeps apart are services of their own. */
function suffixOf(env: Environment): string {
  const home = env['FSYNC_HOME'];
  if (home === undefined || home === '') return '';
  return `-${createHash('sha256').update(home).digest('hex').slice(0, 8)}`;
}
