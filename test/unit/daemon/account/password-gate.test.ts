import { describe, expect, it } from 'vitest';
import { checkNewPassword } from '../../../../src/daemon/account/password-gate.js';

describe('checkNewPassword', () => {
  it.each(['', 'a', 'seven77', '🔑🔑🔑🔑🔑🔑🔑'])('refuses %j', (password) => {
    expect(() => checkNewPassword(password, 'ada')).toThrow(expect.objectContaining({ code: 'invalid_input' }));
  });

  it.each([
    'password',
    'password1',
    'aaaaaaaaaaaaaaaaaaaa',
    '12345678901234',
    'abcdefghijklmnop',
    'qwertyui',
    'ada-ada-ada-ada-1',
    'hunter22',
  ])('warns of %j', (password) => {
    expect(checkNewPassword(password, 'ada')).not.toBeNull();
  });

  it.each(['correct horse battery staple', 'Tr0ub4dor&3-and-more', 'vq8#Lw2!zPx9', 'lumpen stiege quarz nebel forst'])(
    'accepts %j',
    (password) => {
      expect(checkNewPassword(password, 'ada')).toBeNull();
    },
  );
});
