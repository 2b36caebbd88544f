import { once } from 'node:events'
import { SqliteAssets } from '@keepsake/shared/adapters/sqlite/sqlite-assets'
import { record } from '../contracts/records.ts'
import { DatabaseFile } from '../support/database-file.ts'
import { type Script, startScript } from '../support/start-script.ts'

const WRITER = new URL('./sqlite-writer.ts', import.meta.url)

describe('processes that share an embedded database', () => {
  let file: DatabaseFile
  const started: Script[] = []

  beforeEach(async () => {
    file = await DatabaseFile.make()
  })

  afterEach(async () => {
    for (const { process, ended } of started.splice(0)) {
      process.kill('SIGKILL')
      await ended
    }
    await file.remove()
  })

  function start(task: string, args: readonly string[] = [], limits = ''): Script {
    const script = startScript(WRITER, [task, file.path, ...args], limits)
    started.push(script)
    return script
  }

  test('make it together when they start at once', async () => {
    const endings = await Promise.all(Array.from({ length: 5 }, () => start('start').ended))

    expect(endings.map(({ errors }) => errors)).toEqual(endings.map(() => ''))
    expect(new Set(endings.map(({ output }) => output)).size).toBe(1)
    expect(endings[0]?.output).toMatch(/^[0-9a-f]{24}\n$/)
  })

  test('lose no update and see no error when they write at once', async () => {
    const assets = new SqliteAssets(await file.connect())
    const asset = record()
    await assets.insert(asset)

    const endings = await Promise.all([1, 2].map(() => start('count', [asset.id, '40']).ended))

    expect(endings.map(({ code, errors }) => ({ code, errors }))).toEqual(endings.map(() => ({ code: 0, errors: '' })))
    expect(await assets.find(asset.id)).toMatchObject({ version: 1 + 2 * 8 * 40, number: 2 * 8 * 40 })
  })

  test('lose nothing that was acknowledged when they are killed', async () => {
    const acknowledged: string[] = []
    for (let round = 0; round < 4; round += 1) {
      const { process, ended } = start('insert')
      await once(process.stdout, 'data')
      await new Promise((resolve) => setTimeout(resolve, 20 + 40 * round))
      process.kill('SIGKILL')
      acknowledged.push(...(await ended).output.split('\n').slice(0, -1))
    }

    const database = await file.connect()
    const assets = new SqliteAssets(database)
    const lost = []
    for (const id of acknowledged) if (!(await assets.find(id))) lost.push(id)
    expect(lost).toEqual([])
    expect(acknowledged.length).toBeGreaterThan(100)
    expect(database.statement('PRAGMA integrity_check').get()).toEqual({ integrity_check: 'ok' })
  })

  test('are told that the outcome is unknown when the disk fails in a commit', async () => {
    await file.connect()

    const { output, errors } = await start('fill', [], 'ulimit -f 2000').ended

    expect({ output, errors }).toEqual({ output: 'OUTCOME_UNKNOWN\n', errors: '' })
  })
})
