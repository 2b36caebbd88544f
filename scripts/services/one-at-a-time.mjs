import { once } from 'node:events'
import { createServer } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Obstacle } from './obstacle.mjs'

/**
 * Runs `work` while no other process of this machine runs work of that name; waits up to `limit`, milliseconds, for its turn.
 * Only Linux has the sockets without a file that end with their process, however it dies.
 */
export async function oneAtATime(name, limit, work) {
  const deadline = Date.now() + limit
  for (;;) {
    const lock = createServer().listen(`\0${name}`)
    try {
      await once(lock, 'listening')
    } catch (error) {
      if (error.code !== 'EADDRINUSE') throw error
      if (Date.now() > deadline) throw new Obstacle('another start of the services does not end.')
      await setTimeout(500)
      continue
    }
    try {
      return await work()
    } finally {
      lock.close()
    }
  }
}
