/** `fsync share` on a terminal and without one: whom the command line lets a vault be shared with. The daemon is a fake one. */
import { join } from 'node:path';
import { beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import { attachedFolder, fsync, fsyncOnTerminal, hasTerminal } from '../support/cli-process.js';
import { openFakeDaemon, type FakeDaemon } from '../support/fake-daemon.js';
import { sampleLookup, sampleShare } from '../support/sample-documents.js';
import { tempFolder } from '../support/temp-folder.js';

const SHARE = ['share', 'grace', '--role', 'writer'];

describe('share', () => {
  let daemon: FakeDaemon;
  let root: string;
  const { me, person } = sampleLookup;
  beforeEach(async () => {
    const base = tempFolder();
    daemon = await openFakeDaemon(onTestFinished, { home: join(base, 'home') });
    root = attachedFolder(join(base, 'notes'));
    daemon.answer('account.lookup', () => ({
      me: { ...me, words: 'mine all mine' },
      person: { ...person, verified: false, words: 'hers all hers' },
    }));
    daemon.answer('vault.share', ({ verified }) => ({ ...sampleShare, member: { ...sampleShare.member, verified } }));
  });

  const shared = (): readonly unknown[] => daemon.calls.filter(({ method }) => method === 'vault.share').map(({ params }) => params);
  const params = (verified: boolean) => ({ root, user: 'grace', account: person.account, role: 'writer', verified });
  const answer = (keys: string) => fsyncOnTerminal(SHARE, { home: daemon.home, cwd: root, type: [['Are they the same? [y/N]', keys]] });

  it.runIf(hasTerminal)('shows the words of both and shares when a person says that they are the same', async () => {
    const { code, screen } = await answer('yes\r');
    expect(code).toBe(0);
    for (const line of ['Safety words of ada (you):', 'mine all mine', 'Safety words of grace, as the server says:', 'hers all hers'])
      expect(screen).toContain(line);
    expect(screen).toContain('is a writer of notes now.');
    expect(shared()).toEqual([params(true)]);
  });

  it.runIf(hasTerminal).each(['n\r', '\r', 'maybe\r', '\u0003'])('shares nothing for the answer %j', async (keys) => {
    const { code, screen } = await answer(keys);
    expect(code).toBe(130);
    expect(screen).not.toContain('is a writer');
    expect(shared()).toEqual([]);
  });

  it('asks nothing without a terminal: it names what would have answered', async () => {
    const { code, stdout, stderr } = await fsync(SHARE, { home: daemon.home, cwd: root });
    expect({ code, stdout, shared: shared() }).toEqual({ code: 2, stdout: '', shared: [] });
    expect(stderr).toMatch(/--words "…", or share without comparing: --yes/);
  });

  it('says that nobody compared, with --yes', async () => {
    const { code, stdout } = await fsync([...SHARE, '--yes'], { home: daemon.home, cwd: root });
    expect({ code, shared: shared() }).toEqual({ code: 0, shared: [params(false)] });
    expect(stdout).toContain('The safety words were not compared');
  });
});
