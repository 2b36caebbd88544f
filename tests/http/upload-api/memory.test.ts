import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { BOUNDARY, chunk, FORM, filePart, rawClient, uploadHead } from '../../support/raw-client.ts'
import { service } from '../../support/service.ts'

const MIB = 1024 * 1024
const SIZE = 200 * MIB

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

test.each([
  {
    way: 'a form',
    head: [FORM],
    query: '',
    before: chunk(filePart('big.bin')),
    after: chunk(`\r\n--${BOUNDARY}--\r\n`),
  },
  { way: 'a raw body', head: [], query: '?name=big.bin', before: '', after: '' },
])(
  'a large file in $way passes through without being held',
  async ({ head, query, before, after }) => {
    const running = await service({ settings: { maxUploadBytes: SIZE } })
    const client = await rawClient(running)
    const piece = chunk('\u0001'.repeat(MIB))
    client.send(uploadHead(running, ...head, 'Transfer-Encoding: chunked').replace('temp', `temp${query}`))
    client.send(before)
    let most = 0
    collect()
    const idle = process.memoryUsage().rss
    for (let sent = 0; sent < SIZE; sent += MIB) {
      if (!client.socket.write(piece)) await new Promise((resolve) => client.socket.once('drain', resolve))
      most = Math.max(most, process.memoryUsage().rss - idle)
    }
    client.send(`${after}0\r\n\r\n`)

    expect(await client.until(/tempAssetId/)).toContain(`"size":${SIZE}`)
    expect(most).toBeLessThan(120 * MIB)
    client.socket.destroy()
    await running.close()
  },
  60_000,
)
