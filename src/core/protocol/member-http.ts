/** Bodies of the HTTP interface that are about members. */
import { z } from 'zod';
import { accountId, count, role, userName } from './http.js';

/** Names are the server's word; who is a member, the log says. `since`: epoch ms. */
export const memberListReply = z.object({ members: z.array(z.object({ account: accountId, user: userName, role, since: count })) });
