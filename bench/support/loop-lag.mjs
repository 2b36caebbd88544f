// Loaded into a server with `--import`: how late its timers are, told to the parent process when it asks.
import { monitorEventLoopDelay } from 'node:perf_hooks'

const RESOLUTION = 1
const NANOSECONDS = 1e6

const delay = monitorEventLoopDelay({ resolution: RESOLUTION })
delay.enable()

process.on('message', (message) => {
  if (message === 'forget lag') delay.reset()
  // What is measured is the time from one tick to the next.
  if (message === 'tell lag') process.send({ lag: Math.max(0, delay.percentile(99) / NANOSECONDS - RESOLUTION) })
})
