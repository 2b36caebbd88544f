import pino, { type DestinationStream, type LevelWithSilent } from 'pino'
import type { Log } from '../../ports/log.ts'

/** Members that never reach the log, wherever a caller's mistake may put them: a second line of defence. */
const SECRET_MEMBERS = ['authorization', 'cookie', 'x-api-key', 'token', 'secret', 'secretKey', 'publicKey', 'password']

/** Writes one JSON line per event to standard output, or to `destination`. */
export function createPinoLog(level: LevelWithSilent, destination?: DestinationStream): Log {
  const logger = pino(
    {
      level,
      base: { pid: process.pid },
      messageKey: 'event',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
      serializers: { error: pino.stdSerializers.err },
      redact: SECRET_MEMBERS.flatMap((member) => [`["${member}"]`, `*["${member}"]`, `*.*["${member}"]`]),
    },
    // Synchronous, so that nothing is lost when the process ends.
    destination ?? pino.destination({ dest: 1, sync: true }),
  )
  return {
    info: (event, data = {}) => logger.info(data, event),
    warn: (event, data = {}) => logger.warn(data, event),
    error: (event, data = {}) => logger.error(data, event),
  }
}
