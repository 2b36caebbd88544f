import { createHash } from 'node:crypto'
import { service } from '../support/service.ts'
import { call } from '../support/wire.ts'

test('the page shows the three steps against this installation, and runs nothing', async () => {
  const running = await service()
  const { status, headers, text } = await call(running, 'GET', '/')
  const style = /<style>(.*?)<\/style>/s.exec(text)?.[1] ?? ''
  const policy = headers.get('Content-Security-Policy') ?? ''

  expect([status, headers.get('Content-Type')]).toEqual([200, 'text/html; charset=utf-8'])
  expect(text).toContain(`${running.url}/asset/upload/temp`)
  expect(text).toContain(`${running.url}/asset/upload/persist`)
  expect(text).toContain('prefers-color-scheme: dark')
  expect(text).not.toMatch(/<script|\son\w+=|style=|src=/i)
  expect(policy).toContain("default-src 'none'")
  // The browser shows the style only if this matches to the byte.
  expect(policy).toContain(`'sha256-${createHash('sha256').update(style).digest('base64')}'`)
})

test('the page cannot be made to show markup of its configuration', async () => {
  const running = await service({ settings: { publicUrl: 'http://x/"><script>' } })

  expect((await call(running, 'GET', '/')).text).not.toContain('<script')
})

test('every local link of the page leads somewhere', async () => {
  const running = await service()
  const { text } = await call(running, 'GET', '/')
  const links = [...text.matchAll(/href="(\/[^"]*)"/g)].map(([, path]) => path ?? '')

  expect(links.length).toBeGreaterThan(1)
  for (const path of links) expect((await call(running, 'GET', path)).status).toBe(200)
})
