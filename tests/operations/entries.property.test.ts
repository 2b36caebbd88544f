import { isCode } from '@keepsake/shared/domain/errors'
import { parsePlace } from '@keepsake/shared/domain/place'
import { createFromText, createHotlink } from '@keepsake/shared/operations/assets/create-asset'
import { deliverAsset } from '@keepsake/shared/operations/assets/deliver-asset'
import { deleteEntry, getEntry } from '@keepsake/shared/operations/assets/get-entry'
import { replaceByText, updateAsset } from '@keepsake/shared/operations/assets/update-asset'
import { createFolder } from '@keepsake/shared/operations/folders/create-folder'
import { runUpkeep } from '@keepsake/shared/operations/upkeep/run-upkeep'
import fc from 'fast-check'
import { contentOf } from '../support/files.ts'
import { DAY, openStore, type Store } from '../support/store.ts'

/** What an entry should be. */
interface Entry {
  folder: string
  name: string
  /** Its text, or where it points. */
  value: string
  isHotlink: boolean
}
type Model = Map<number, Entry>

const NEVER = new AbortController().signal
const name = fc.constantFrom('a.css', 'b.js', 'c.png')
const folder = fc.constantFrom('', 'x', 'x/y')
const value = fc.stringMatching(/^[a-z]{0,8}$/)
const step = fc.record({
  kind: fc.constantFrom('create', 'create', 'link', 'rename', 'move', 'replace', 'hotlink', 'remove', 'upkeep'),
  at: fc.nat(5),
  ...{ name, folder, value },
})
type Step = typeof step extends fc.Arbitrary<infer T> ? T : never

test('any sequence of changes leaves the database and the storage in step with a model', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 25 }), async (steps) => {
      const store = await openStore()
      try {
        await createFolder(store.context, store.owner, 'x/y')
        const model: Model = new Map()
        for (const one of steps) {
          await take(store, model, one)
          store.wait(1)
        }
        await expectInStep(store, model)
      } finally {
        await store.close()
      }
    }),
    { numRuns: 40 },
  )
})

/** Does the step to both; a name that is taken is refused by both. */
async function take(store: Store, model: Model, { kind, at, name, folder, value }: Step): Promise<void> {
  const { context, owner } = store
  const number = [...model.keys()][at % Math.max(model.size, 1)]
  const entry = number === undefined ? undefined : model.get(number)
  const isTaken = (wanted: Pick<Entry, 'folder' | 'name'>) =>
    [...model.values()].some((other) => other !== entry && other.folder === wanted.folder && other.name === wanted.name)

  if (kind === 'upkeep') {
    store.wait(DAY)
    await runUpkeep(context, NEVER)
  } else if (kind === 'create' || kind === 'link') {
    const url = `https://example.com/${value}`
    const wanted = { folder, name, said: {} }
    const making =
      kind === 'create' ? createFromText(context, owner, value, wanted) : createHotlink(context, owner, url, wanted)
    const isRefused = [...model.values()].some((other) => other.folder === folder && other.name === name)
    const made = await refusedOr(making, isRefused)
    const isHotlink = kind === 'link'
    if (made?.number) model.set(made.number, { folder, name, value: isHotlink ? url : value, isHotlink })
  } else if (entry && number !== undefined) {
    const asset = await getEntry(context, owner, number)
    if (kind === 'remove') {
      await deleteEntry(context, owner, number)
      model.delete(number)
    } else if (kind === 'replace') {
      await replaceByText(context, owner, asset, value, { said: {} })
      Object.assign(entry, { value, isHotlink: false })
    } else if (kind === 'hotlink') {
      const url = `https://example.com/${value}`
      await updateAsset(context, asset, { url, said: {} })
      Object.assign(entry, { value: url, isHotlink: true })
    } else {
      const change = kind === 'rename' ? { name } : { folder }
      const isRefused = isTaken({ ...entry, ...change })
      if (await refusedOr(updateAsset(context, asset, { ...change, said: {} }), isRefused)) Object.assign(entry, change)
    }
  }
}

async function refusedOr<T>(work: Promise<T>, isRefused: boolean): Promise<T | undefined> {
  const outcome = await work.catch((error: unknown) => {
    if (!isCode(error, 'NAME_TAKEN')) throw error
    return undefined
  })
  expect(outcome === undefined).toBe(isRefused)
  return outcome
}

async function expectInStep({ context, owner, wait, keys }: Store, model: Model): Promise<void> {
  for (let day = 0; day < 20; day += 1) {
    wait(DAY)
    await runUpkeep(context, NEVER)
  }
  const { assets, total } = await context.assets.list(owner.project.id, { filters: [], page: 1, pageSize: 100 })
  const listed = assets.map(({ number, place = '', url }) => ({
    number,
    ...parsePlace(place),
    isHotlink: url !== undefined,
  }))
  const expected = [...model].map(([number, { folder, name, isHotlink }]) => ({ number, folder, name, isHotlink }))

  expect(total).toBe(model.size)
  expect(listed).toEqual(expected.sort((a, b) => a.number - b.number))
  expect(await keys()).toEqual(assets.flatMap(({ key }) => key ?? []).sort())
  for (const { id, number = 0, url } of assets) {
    const entry = model.get(number)
    if (entry?.isHotlink) expect(url).toBe(entry.value)
    else
      expect((await contentOf(await (await deliverAsset(context, { assetId: id })).open())).toString()).toBe(
        entry?.value,
      )
  }
}
