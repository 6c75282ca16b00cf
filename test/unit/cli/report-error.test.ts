import { describe, expect, it } from 'vitest';
import { ERROR_TABLE, FsyncError, type ErrorCode } from '../../../src/core/base/errors.js';
import { reportError } from '../../../src/cli/report-error.js';
import { renderText } from '../../../src/cli/output/text.js';

const lines = (error: unknown, debug = false): readonly string[] =>
  reportError(error, { debug }).lines.map((line) => renderText(line, false));
const CODES = Object.keys(ERROR_TABLE) as ErrorCode[];

describe('reportError', () => {
  it.each(CODES)('says what to do about %s even when the error does not', (code) => {
    const [what, hint = ''] = lines(new FsyncError(code, 'it went wrong'));
    expect({ what, exit: reportError(new FsyncError(code, 'x'), { debug: false }).exit }).toEqual({
      what: 'fsync: it went wrong',
      exit: ERROR_TABLE[code].exit,
    });
    expect(hint.length).toBeGreaterThan(10);
  });

  it('prefers the hints of the error', () => {
    expect(lines(new FsyncError('internal', 'm', { hints: ['one', 'two'] }))).toEqual(['fsync: m', 'one', 'two']);
  });

  it('shows the stack and the causes with debug only', () => {
    const error = new FsyncError('io_error', 'outer', { cause: new Error('inner') });
    expect(lines(error).join('\n')).not.toContain('at ');
    expect(lines(error, true).join('\n')).toMatch(/outer[\s\S]+ at [\s\S]+Caused by:\nError: inner/);
  });

  it('calls anything else a fault of its own, with exit 1', () => {
    expect(lines(new TypeError('x is not a function'))[0]).toBe('fsync: x is not a function');
    expect(reportError('a thrown text', { debug: false }).exit).toBe(1);
    expect(lines(new Error(''))[0]).toBe('fsync: unknown failure');
  });

  it('knows an error of another copy of the class by its name and code', () => {
    const foreign = Object.assign(new Error('held'), { name: 'FsyncError', code: 'guarded', hints: ['look'] });
    expect(lines(foreign)).toEqual(['fsync: held', 'look']);
    expect(reportError(foreign, { debug: false }).exit).toBe(10);
    expect(reportError(Object.assign(new Error('x'), { name: 'FsyncError', code: 'EPIPE' }), { debug: false }).exit).toBe(1);
  });
});
