import { mkdirSync } from 'node:fs'
import { ACCOUNT } from './account.mjs'

/** Starts an S3 server over a folder, unless it runs; answers with its port. */
export async function startObjects(daemons, versitygw, folder) {
  const daemon = { name: 'versitygw', executable: versitygw }
  const running = await daemons.portOf(daemon)
  if (running) return running

  await daemons.stop(daemon.name)
  mkdirSync(folder, { recursive: true })
  const account = { ROOT_ACCESS_KEY: ACCOUNT.user, ROOT_SECRET_KEY: ACCOUNT.password }
  const command = (port) => [versitygw, '--port', `127.0.0.1:${port}`, '--keep-alive', '--quiet', 'posix', folder]
  return daemons.start(daemon, command, account)
}

/** Stops it if it runs. */
export async function stopObjects(daemons) {
  await daemons.stop('versitygw')
}
