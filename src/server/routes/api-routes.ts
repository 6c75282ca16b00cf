/** Every route of the interface in one list: what the app mounts and what the access tests walk through. */
import type { Route } from '../http/route.js';
import type { RateLimiter } from '../ports.js';
import type { Services } from '../services/create-services.js';
import { createAccountRoutes, createDeviceRoutes } from './account-routes.js';
import { createAuthRoutes } from './auth-routes.js';
import { createFileRoutes } from './file-routes.js';
import { createPositionRoutes } from './position-routes.js';
import { createSyncRoutes } from './sync-routes.js';
import { createTokenRoutes } from './token-routes.js';
import { createVaultRoutes } from './vault-routes.js';

export function createApiRoutes(services: Services, limiter: RateLimiter): readonly Route[] {
  return [
    ...createAuthRoutes({ ...services, limiter }),
    ...createAccountRoutes(services),
    ...createDeviceRoutes(services),
    ...createTokenRoutes(services),
    ...createVaultRoutes(services),
    ...createPositionRoutes(services),
    ...createFileRoutes(services),
    ...createSyncRoutes(services),
  ];
}
