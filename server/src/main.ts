import v8 from 'node:v8'
import { compose } from '@keepsake/shared/compose'
import { readConfig } from '@keepsake/shared/config/config'
import { silenceSdk } from '@keepsake/shared/config/env-file'
import { ensureAccessKeys, ensureJwtSecret } from '@keepsake/shared/config/generated-secrets'
import { newKeysText } from '@keepsake/shared/config/new-keys-text'
import { type Running, runProcess } from '@keepsake/shared/run-process'
import { createApp } from './app.ts'
import { listen } from './listen.ts'
import { welcomeText } from './welcome.ts'

// The HTTP parser's external buffers start an incremental mark dozens of times a gigabyte; a whole collection takes milliseconds.
v8.setFlagsFromString('--no-incremental-marking')

silenceSdk()

await runProcess(startServer)

async function startServer(): Promise<Running> {
  const config = readConfig()
  const keys = await ensureAccessKeys(config.dataDir, config.secrets)
  // At once: should anything else fail, this start is still the only one that shows them.
  if (keys.isNew) process.stdout.write(newKeysText(keys))
  await ensureJwtSecret(config.dataDir, config.secrets)

  const { context, close } = await compose(config, { keys })
  const { server, drain } = createApp(context, config)
  const listening = await listen(server, config.server).catch(async (error: unknown) => {
    await close()
    throw error
  })
  context.log.info('server.listening', { bind: config.server.bind, port: listening.port, dataDir: config.dataDir })
  // Like a lack of file descriptors: it passes, and must not end the process.
  server.on('error', (error) => context.log.error('server.failed', { error }))
  process.stdout.write(welcomeText(config.server.publicUrl, keys))

  return {
    stopWithin: config.server.drainDelay + config.server.shutdownTimeout,
    async stop() {
      context.log.info('server.stopping')
      drain()
      await listening.close()
      await close()
    },
  }
}
