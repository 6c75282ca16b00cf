/** The bodies of the HTTP interface about positions of devices: see core/log/position.ts. */
import { z } from 'zod';
import { POSITION_BYTES_LIMIT } from '../log/position.js';
import { bytesText } from './http.js';

/** JSON body of PUT /vaults/{vault}/position. */
export const POSITION_BODY_LIMIT = 4 * 1024;

/** Signed by the calling device. */
export const putPositionRequest = z.strictObject({ signed: bytesText(POSITION_BYTES_LIMIT) });
export const positionListReply = z.object({ positions: z.array(z.object({ signed: bytesText(POSITION_BYTES_LIMIT) })) });
