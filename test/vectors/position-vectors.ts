/** The published vector of a position: a device says how far it holds a vault, and what it is called. */
import { toHex } from '../../src/core/base/bytes.js';
import { sealPositionName, signPosition } from '../../src/core/log/position.js';
import { TEST_TIME } from '../unit/core/account/account-fixture.js';
import { foundTestVault } from '../unit/core/log/log-fixture.js';

export function positionVectors(): unknown {
  const { owner, state, vaultKey, keyring, random } = foundTestVault('position vectors');
  const { device } = owner;
  const position = {
    vault: state.vault,
    account: owner.state.accountId,
    device: device.id,
    chainSeq: owner.state.seq,
    ...state.head,
    time: TEST_TIME,
    epoch: 1,
    nameSealed: sealPositionName(random, keyring, device.id, 'laptop'),
  };
  return {
    ownerLinks: owner.links.map(toHex),
    vaultKey: toHex(vaultKey),
    name: 'laptop',
    position: { ...position, nameSealed: toHex(position.nameSealed) },
    signed: toHex(signPosition(device, position)),
  };
}
