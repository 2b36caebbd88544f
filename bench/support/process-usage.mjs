// What Linux tells of a running process.
import { readFile, writeFile } from 'node:fs/promises'

/** What Linux counts the time of processes in. */
const TICKS_PER_SECOND = 100

/** User and system time of all its threads so far, in seconds. */
export async function cpuSeconds(pid) {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8')
  // The second field is a name in brackets, which may hold anything.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const [user, system] = fields.slice(11, 13).map(Number)
  return (user + system) / TICKS_PER_SECOND
}

/** Bytes of it that are in memory now. */
export function residentBytes(pid) {
  return statusBytes(pid, 'VmRSS')
}

/** Bytes of it that were in memory at most, since the start or the last `forgetPeak`. */
export function peakBytes(pid) {
  return statusBytes(pid, 'VmHWM')
}

/** Lets `peakBytes` begin anew. */
export async function forgetPeak(pid) {
  await writeFile(`/proc/${pid}/clear_refs`, '5')
}

async function statusBytes(pid, field) {
  const status = await readFile(`/proc/${pid}/status`, 'utf8')
  const kilobytes = new RegExp(`^${field}:\\s+(\\d+) kB$`, 'm').exec(status)?.[1]
  return Number(kilobytes) * 1024
}
