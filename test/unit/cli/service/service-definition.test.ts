import { describe, expect, it } from 'vitest';
import { environmentOf, serviceDefinition, type Machine } from '../../../../src/cli/service/service-definition.js';

const linux: Machine = { platform: 'linux', env: {}, homedir: '/home/ada', uid: 1000 };
const mac: Machine = { platform: 'darwin', env: {}, homedir: '/Users/ada', uid: 501 };
const command = ['/usr/bin/node', '/opt/fsync/bin/fsyncd.js'] as const;
const service = (environment: Readonly<Record<string, string>> = {}) => ({ command, environment: new Map(Object.entries(environment)) });

describe('a service definition', () => {
  it('is a systemd user unit on Linux', () => {
    expect(serviceDefinition(linux, service())).toMatchObject({
      manager: 'systemd',
      name: 'fsync.service',
      file: '/home/ada/.config/systemd/user/fsync.service',
      activate: [
        ['systemctl', '--user', 'daemon-reload'],
        ['systemctl', '--user', 'enable', '--now', 'fsync.service'],
      ],
      content: expect.stringContaining('\nExecStart="/usr/bin/node" "/opt/fsync/bin/fsyncd.js"\nRestart=on-failure\n'),
    });
  });

  it('is a launchd agent on macOS', () => {
    const definition = serviceDefinition(mac, service({ FSYNC_HOME: '/Users/ada/a & <b>' }));
    expect(definition).toMatchObject({
      manager: 'launchd',
      file: '/Users/ada/Library/LaunchAgents/org.fsync.daemon.plist',
      activate: [['launchctl', 'bootstrap', 'gui/501', '/Users/ada/Library/LaunchAgents/org.fsync.daemon.plist']],
      deactivate: [['launchctl', 'bootout', 'gui/501/org.fsync.daemon']],
    });
    expect(definition?.content).toContain('<key>FSYNC_HOME</key>\n    <string>/Users/ada/a &amp; &lt;b&gt;</string>');
  });

  it('is another one for each FSYNC_HOME', () => {
    const nameFor = (home: string): string | undefined => serviceDefinition({ ...linux, env: { FSYNC_HOME: home } }, service())?.name;
    expect(nameFor('/srv/a')).toMatch(/^fsync-[0-9a-f]{8}\.service$/);
    expect(nameFor('/srv/b')).not.toBe(nameFor('/srv/a'));
  });

  it('is where XDG_CONFIG_HOME says', () => {
    expect(serviceDefinition({ ...linux, env: { XDG_CONFIG_HOME: '/cfg' } }, service())?.file).toBe('/cfg/systemd/user/fsync.service');
  });

  it('has nothing expanded that was meant literally', () => {
    const odd = { command: ['/opt/a "b"/node', '/opt/$HOME/%h\\x.js'] as const, environment: new Map([['FSYNC_HOME', '/srv/$a %b']]) };
    const content = serviceDefinition(linux, odd)?.content;
    expect(content).toContain(String.raw`ExecStart="/opt/a \"b\"/node" "/opt/$$HOME/%%h\\x.js"`);
    expect(content).toContain('Environment="FSYNC_HOME=/srv/$a %%b"');
  });

  it('does not exist for other systems', () => {
    expect(serviceDefinition({ ...linux, platform: 'freebsd' }, service())).toBeNull();
  });
});

describe('the environment of the service', () => {
  it('says where files are, and holds no secret', () => {
    const env = {
      FSYNC_HOME: '/srv/a',
      XDG_DATA_HOME: '',
      FSYNC_PASSWORD: 'secret',
      HTTPS_PROXY: 'http://user:secret@proxy',
      PATH: '/bin',
    };
    expect([...environmentOf(env)]).toEqual([['FSYNC_HOME', '/srv/a']]);
  });
});
