import type { Principal } from '../../domain/principal.ts'
import type { Context } from '../../ports/context.ts'
import type { UploadLimits } from '../inspect-content.ts'

/** What the principal may upload. */
export function uploadLimits({ settings }: Pick<Context, 'settings'>, _principal: Principal): UploadLimits {
  return { maxBytes: settings.maxUploadBytes, types: settings.allowedTypes }
}
