import { existsSync } from 'node:fs'

/** Reads `.env` of the working directory into the environment if there is one, except in production; what is set already stays. */
export function loadEnvFile(): void {
  if (process.env.NODE_ENV !== 'production' && existsSync('.env')) process.loadEnvFile('.env')
}

/** Keeps the AWS SDK from printing what its future releases will ask of Node.js: the installed one is pinned. */
export function silenceSdk(): void {
  process.env.AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED ??= 'true'
}

/** Whether nobody has asked for plain text, by the variable that is usual for it. */
export function wantsColors(variables: NodeJS.ProcessEnv = process.env): boolean {
  return !variables.NO_COLOR
}
