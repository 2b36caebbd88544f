import type { Asset } from '@keepsake/shared/domain/asset'
import { KeepsakeError } from '@keepsake/shared/domain/errors'
import * as transitions from '@keepsake/shared/domain/transitions'
import { changeAsset } from '@keepsake/shared/operations/change-asset'
import { uploadAsset } from '@keepsake/shared/operations/uploads/upload-asset'
import { file } from '../support/files.ts'
import { openStore, type Store } from '../support/store.ts'
import { withMethod } from '../support/with-method.ts'

let store: Store
let asset: Asset
beforeEach(async () => {
  store = await openStore()
  asset = await uploadAsset(store.context, store.owner, file('hello'))
})
afterEach(() => store.close())

const drop = (fresh: Asset, now: Date) =>
  fresh.state === 'deleted' ? fresh : transitions.drop(fresh, now, store.context.settings)
const lostAnswer = () => new KeepsakeError('OUTCOME_UNKNOWN', 'Lost on purpose.')

describe('changing a record', () => {
  test('judges it again after a lost race, as it stands then', async () => {
    const stale = asset
    await changeAsset(store.context, asset, (fresh) => transitions.mark(fresh, 'batch'))
    const judged: number[] = []

    const changed = await changeAsset(store.context, stale, (fresh, now) => {
      judged.push(fresh.version)
      return drop(fresh, now)
    })

    expect(judged).toEqual([stale.version, stale.version + 1])
    expect(changed).toEqual(await store.context.assets.find(asset.id))
  })

  test('takes a write whose answer was lost for done when it reads so', async () => {
    const assets = withMethod(store.context.assets, 'replace', (real) => async (next) => {
      await real(next)
      throw lostAnswer()
    })

    const changed = await changeAsset({ ...store.context, assets }, asset, drop)

    expect(changed).toMatchObject({ state: 'deleted', version: asset.version + 1 })
  })

  test('repeats a write whose answer was lost when it did not happen', async () => {
    let failures = 2
    const assets = withMethod(store.context.assets, 'replace', (real) => (next) => {
      failures -= 1
      return failures >= 0 ? Promise.reject(lostAnswer()) : real(next)
    })

    expect(await changeAsset({ ...store.context, assets }, asset, drop)).toMatchObject({ state: 'deleted' })
  })

  test('never answers with a refusal while a lost write of its own may still land', async () => {
    const assets = withMethod(store.context.assets, 'replace', () => () => Promise.reject(lostAnswer()))
    let calls = 0

    const attempt = changeAsset({ ...store.context, assets }, asset, (fresh, now) => {
      calls += 1
      if (calls > 1) throw new KeepsakeError('ASSET_NOT_FOUND', 'Refused on purpose.')
      return drop(fresh, now)
    })

    await expect(attempt).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('gives up on a database that keeps losing its answers', async () => {
    const assets = withMethod(store.context.assets, 'replace', () => () => Promise.reject(lostAnswer()))

    await expect(changeAsset({ ...store.context, assets }, asset, drop)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('answers undefined for a record that is gone', async () => {
    await store.context.assets.forget(asset)

    expect(await changeAsset(store.context, asset, drop)).toBeUndefined()
  })
})
