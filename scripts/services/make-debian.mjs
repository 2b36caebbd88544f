import { copyFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { runCommand } from './run-command.mjs'

const INSTALL_LIMIT = 15 * 60_000

/** Makes a folder of Debian's unstable release with one more package, and answers with the folder. */
export async function makeDebian(root, name, signal) {
  const limits = { limit: INSTALL_LIMIT, signal }
  await ensureDebootstrap(limits)
  const mirror = findMirror()
  const bootstrap = ['debootstrap', '--variant=minbase', '--include=ca-certificates', 'sid', root]
  await inOwnMounts([...bootstrap, ...(mirror ? [mirror] : [])], limits)

  // A mirror may be older than unstable's lists say they are good for.
  writeFileSync(join(root, 'etc/apt/apt.conf.d/99mirror'), 'Acquire::Check-Valid-Until "false";\n')
  // Installing a server must not start it.
  writeFileSync(join(root, 'usr/sbin/policy-rc.d'), '#!/bin/sh\nexit 101\n', { mode: 0o755 })
  for (const file of ['etc/resolv.conf', 'etc/hosts']) copyFileSync(`/${file}`, join(root, file))
  const apt = `apt-get update -qq && apt-get install -y -qq --no-install-recommends ${name} && apt-get clean`
  const script = 'mount -t proc proc "$1/proc" && exec chroot "$1" sh -c "$2"'
  await inOwnMounts(['sh', '-c', script, 'sh', root, apt], { ...limits, env: { DEBIAN_FRONTEND: 'noninteractive' } })
  return root
}

async function ensureDebootstrap(limits) {
  if (existsSync('/usr/sbin/debootstrap')) return
  const env = { DEBIAN_FRONTEND: 'noninteractive' }
  await runCommand('apt-get', ['update', '-qq'], { ...limits, env })
  await runCommand('apt-get', ['install', '-y', '-qq', '--no-install-recommends', 'debootstrap'], { ...limits, env })
}

/** What the command mounts is gone when it ends, however it ends: nobody removes /dev or /proc together with the folder. */
function inOwnMounts(command, options) {
  return runCommand('unshare', ['--mount', '--propagation', 'private', ...command], options)
}

/** The mirror that this machine uses itself, in either format of apt's lists; undefined: debootstrap's own choice. */
function findMirror() {
  const folder = '/etc/apt/sources.list.d'
  const files = ['/etc/apt/sources.list', ...readdirSync(folder).map((name) => join(folder, name))]
  const lists = files.filter((file) => existsSync(file)).map((file) => readFileSync(file, 'utf8'))
  for (const list of lists) {
    const [, mirror] = /^URIs:\s*(https?:\S+)/m.exec(list) ?? /^deb\s+(?:\[[^\]]*\]\s+)?(https?:\S+)/m.exec(list) ?? []
    if (mirror) return mirror
  }
  return undefined
}
