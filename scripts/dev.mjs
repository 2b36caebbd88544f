// npm run dev: compiles on every change, and restarts the server and the worker when what they are made of has changed.
import { spawn } from 'node:child_process'
import { existsSync } from 'node:fs'
import { makeReady, ROOT } from './ready.mjs'

process.chdir(ROOT)
if (existsSync('.env')) process.loadEnvFile('.env')
makeReady()

const children = [
  ['node_modules/typescript/bin/tsc', '-b', '--watch', '--preserveWatchOutput'],
  ['--watch', '--watch-preserve-output', 'server/dist/main.js'],
  ['--watch', '--watch-preserve-output', 'workers/dist/main.js'],
].map((args) => spawn(process.execPath, args, { stdio: ['ignore', 'inherit', 'inherit'] }))

function stop() {
  for (const child of children) child.kill('SIGTERM')
}

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, stop)
for (const child of children) child.on('exit', stop)
