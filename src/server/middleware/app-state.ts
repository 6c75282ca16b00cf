/** What the middlewares hand to each other on `ctx.state`. */
import type { AccountId } from '../../core/base/ids.js';
import type { Caller, ClientAddress } from '../http/route.js';

export interface AppState {
  /** In the reply and in the log. */
  requestId: string;
  client: ClientAddress;
  /** Template of the matched route, for the log and the metrics: bounded, without ids. */
  route?: string;
  caller?: Caller;
  enrolling?: AccountId;
  /** Payload of a token whose signature koa-jwt has checked. */
  token?: unknown;
}
