import { describe, expect, it } from 'vitest';
import { homePaths, MAX_SOCKET_PATH_BYTES, type HomeInput } from '../../../../src/core/home/home-paths.js';

const linux: HomeInput = { env: {}, platform: 'linux', homedir: '/home/me', uid: 1000, cwd: '/srv' };

describe('homePaths', () => {
  it('puts everything into FSYNC_HOME when it is set', () => {
    const paths = homePaths({ ...linux, env: { FSYNC_HOME: '/srv/box', XDG_STATE_HOME: '/elsewhere' } });
    expect(Object.values(paths).every((path) => path.startsWith('/srv/box'))).toBe(true);
    expect(paths.socket).toBe('/srv/box/daemon.sock');
    expect(paths.logFile).toBe('/srv/box/logs/daemon.log');
  });

  it('takes a relative FSYNC_HOME from the current directory', () => {
    expect(homePaths({ ...linux, env: { FSYNC_HOME: './a/../b//c/' } }).stateDir).toBe('/srv/b/c');
    expect(homePaths({ ...linux, env: { FSYNC_HOME: '../../../x' } }).stateDir).toBe('/x');
  });

  it('treats an empty FSYNC_HOME as unset', () => {
    expect(homePaths({ ...linux, env: { FSYNC_HOME: '' } }).stateDir).toBe('/home/me/.local/state/fsync');
  });

  it('uses the XDG folders on Linux and ignores relative values', () => {
    const paths = homePaths({ ...linux, env: { XDG_CONFIG_HOME: '/etc/me', XDG_STATE_HOME: 'relative', XDG_DATA_HOME: '/data' } });
    expect(paths.configFile).toBe('/etc/me/fsync/config.json');
    expect(paths.socket).toBe('/home/me/.local/state/fsync/daemon.sock');
    expect(paths.keysDir).toBe('/data/fsync/keys');
  });

  it('uses the Library folders on macOS', () => {
    const paths = homePaths({ ...linux, platform: 'darwin', homedir: '/Users/me' });
    expect(paths.configFile).toBe('/Users/me/Library/Application Support/fsync/config.json');
    expect(paths.logFile).toBe('/Users/me/Library/Logs/fsync/daemon.log');
  });

  it('moves a socket whose path would be too long to a short directory of this user', () => {
    const long = homePaths({ ...linux, env: { FSYNC_HOME: `/${'x'.repeat(120)}` } });
    const other = homePaths({ ...linux, env: { FSYNC_HOME: `/${'y'.repeat(120)}` } });
    expect(long.socket).toMatch(/^\/tmp\/fsync-1000-[0-9a-f]{16}\/daemon\.sock$/);
    expect(long.socket).not.toBe(other.socket);
    expect(long.stateDir).toBe(`/${'x'.repeat(120)}`);
  });

  it('counts bytes, not characters, and moves nothing at the limit itself', () => {
    const room = MAX_SOCKET_PATH_BYTES - '/daemon.sock'.length;
    const exact = `/${'x'.repeat(room - 1)}`;
    expect(homePaths({ ...linux, env: { FSYNC_HOME: exact } }).socketDir).toBe(exact);
    expect(homePaths({ ...linux, env: { FSYNC_HOME: `${exact}x` } }).socketDir).not.toContain('x');
    expect(homePaths({ ...linux, env: { FSYNC_HOME: `/${'é'.repeat(60)}` } }).socketDir).toMatch(/^\/tmp\/fsync-1000-/);
  });
});
