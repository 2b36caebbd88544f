import { readdir, readlink } from 'node:fs/promises'
import { setTimeout as delay } from 'node:timers/promises'
import { isProduction } from '../../support/backend.ts'
import { leftovers, NOTHING, settledLeftovers } from '../../support/leftovers.ts'
import { chunk, FORM, filePart, type RawClient, rawClient, uploadHead, wholeForm } from '../../support/raw-client.ts'
import { type Service, service } from '../../support/service.ts'
import { upload } from '../../support/wire.ts'

/** Waits for a minute: only the end of the connection tells it that a client has gone. */
let patient: Service

beforeAll(async () => {
  patient = await service()
})

const wholeFormLength = Buffer.byteLength(wholeForm('a.txt', 'x'.repeat(5000)))

describe('a client that goes away', () => {
  test.each<{ when: string; sent: (running: Service) => string[] }>([
    { when: 'in the middle of the headers', sent: (s) => [uploadHead(s, FORM).slice(0, 60)] },
    { when: 'after the headers', sent: (s) => [uploadHead(s, FORM, 'Content-Length: 9999')] },
    {
      when: 'in a part header',
      sent: (s) => [uploadHead(s, FORM, 'Content-Length: 9999'), filePart('a.txt').slice(0, 50)],
    },
    {
      when: 'before the first byte of the file',
      sent: (s) => [uploadHead(s, FORM, 'Content-Length: 9999'), filePart('a.txt')],
    },
    {
      when: 'in the file',
      sent: (s) => [uploadHead(s, FORM, 'Content-Length: 9999'), filePart('a.txt', 'x'.repeat(5000))],
    },
    {
      when: 'in a large file',
      sent: (s) => [uploadHead(s, FORM, 'Content-Length: 999999'), filePart('a.txt', 'x'.repeat(600_000))],
    },
    {
      when: 'in a file without a name',
      sent: (s) => [uploadHead(s, FORM, 'Content-Length: 9999'), filePart('', 'x'.repeat(5000))],
    },
    {
      when: 'in a part that is no file for all its type',
      sent: (s) => [
        uploadHead(s, FORM, 'Content-Length: 9999'),
        filePart('a', 'x'.repeat(5000)).replace('; filename="a"', ''),
      ],
    },
    {
      when: 'in the last boundary',
      sent: (s) => [
        uploadHead(s, FORM, `Content-Length: ${wholeFormLength}`),
        wholeForm('a.txt', 'x'.repeat(5000)).slice(0, -3),
      ],
    },
    {
      when: 'in a chunk',
      sent: (s) => [uploadHead(s, FORM, 'Transfer-Encoding: chunked'), chunk(filePart('a.txt', 'hello')), '40\r\nxxx'],
    },
    {
      when: 'after a file in chunks, before the last chunk',
      sent: (s) => [uploadHead(s, FORM, 'Transfer-Encoding: chunked'), chunk(wholeForm('a.txt', 'hello'))],
    },
    {
      when: 'in a raw body',
      sent: (s) => [uploadHead(s, 'Content-Length: 9999').replace('temp', 'temp?name=a'), 'x'.repeat(5000)],
    },
    {
      when: 'in a raw body of chunks',
      sent: (s) => [
        uploadHead(s, 'Transfer-Encoding: chunked').replace('temp', 'temp?name=a'),
        chunk('x'.repeat(5000)),
      ],
    },
  ])('$when leaves nothing behind, whether it says goodbye or not', async ({ sent }) => {
    for (const leave of [(c: RawClient) => c.socket.destroy(), (c: RawClient) => c.socket.resetAndDestroy()]) {
      const client = await rawClient(patient)
      for (const piece of sent(patient)) client.send(piece)
      await delay(30)
      leave(client)
      await client.closed
    }

    expect(await settledLeftovers(patient)).toEqual(NOTHING)
    expect(patient.logged.filter(({ level }) => level === 'error')).toEqual([])
  })
})

test('broken uploads leave no descriptor open', async () => {
  const fresh = await service()
  await upload(fresh)
  const before = await countDescriptors()
  for (let round = 0; round < 30; round += 1) {
    const client = await rawClient(fresh)
    client.send(uploadHead(fresh, FORM, 'Content-Length: 999999') + filePart('a.txt', 'x'.repeat(1000 * round)))
    await delay(round % 5)
    client.socket.destroy()
    await client.closed
  }
  await delay(200)

  expect(await countDescriptors()).toBeLessThanOrEqual(before)
  expect(await leftovers(fresh)).toEqual({ alive: 1, files: 1 })
})

/** Of this process. Connections to a database and to S3 come and go. */
async function countDescriptors(): Promise<number> {
  const folder = '/proc/self/fd'
  const targets = (await readdir(folder)).map((name) => readlink(`${folder}/${name}`).catch(() => ''))
  return (await Promise.all(targets)).filter((target) => !isProduction || !target.startsWith('socket:')).length
}
