import type { AssetRepository } from '@keepsake/shared/ports/asset-repository'
import type { FolderRepository } from '@keepsake/shared/ports/folder-repository'
import type { TransferSource } from '@keepsake/shared/ports/transfer-source'
import type { TransferTarget } from '@keepsake/shared/ports/transfer-target'
import { describeContract, type Harness } from './harness.ts'
import { changed, idsOf, later, NOW, PROJECT, record, wholeRecord } from './records.ts'

/** A database as a transfer sees it, and two of its other ports. */
export interface TransferPorts {
  readonly transfer: TransferSource & TransferTarget
  readonly assets: AssetRepository
  readonly folders: FolderRepository
}

/** What every database must do that records are transferred from or into. */
export function describeTransfer(harness: Harness<TransferPorts>): void {
  describeContract(harness, ({ port, promises }) => {
    const project = { id: PROJECT, ownerId: 'b'.repeat(24), name: 'First', createdAt: NOW, updatedAt: NOW }
    const accessKey = {
      id: 'd'.repeat(24),
      projectId: PROJECT,
      type: 'secret',
      name: 'Key',
      hash: 'e'.repeat(64),
      hint: 'sk_…abcd',
      createdAt: NOW,
    } as const
    const batch = {
      id: 'f'.repeat(24),
      projectId: PROJECT,
      members: ['a', 'b'],
      state: 'open',
      dueAt: later(5),
    } as const
    const id = (digit: string) => digit.repeat(24)

    promises('stores a whole record in the place of another version, and reads it back', async () => {
      const { transfer, assets } = port()
      const whole = wholeRecord()
      await assets.insert(record({ id: whole.id, version: whole.version - 1, keys: ['before'] }))

      expect(await transfer.overwriteAsset(whole, whole.version - 1)).toBe(true)
      expect(await transfer.readAssets(10)).toEqual([whole])
      expect((await harnessed()).map(({ version }) => version)).toEqual([whole.version])

      async function harnessed() {
        return (await harness.reopen()).transfer.readAssets(10)
      }
    })

    promises('jumps over versions, and may store the same one again', async () => {
      const { transfer, assets } = port()
      const first = record({ version: 2 })
      await assets.insert(first)

      expect(await transfer.overwriteAsset({ ...first, version: 9 }, 2)).toBe(true)
      expect(await transfer.overwriteAsset({ ...first, version: 9, name: 'renamed' }, 9)).toBe(true)
      expect(await transfer.readAssets(10)).toEqual([{ ...first, version: 9, name: 'renamed' }])
    })

    promises('stores nothing in the place of a version that is not there', async () => {
      const { transfer, assets } = port()
      const first = record({ version: 2 })

      expect(await transfer.overwriteAsset({ ...first, version: 3 }, 2)).toBe(false)
      await assets.insert(first)
      expect(await transfer.overwriteAsset({ ...first, version: 9 }, 3)).toBe(false)
      expect(await transfer.readAssets(10)).toEqual([first])
    })

    promises('takes members away that the next record lacks', async () => {
      const { transfer, assets } = port()
      const whole = wholeRecord()
      await assets.insert(whole)
      const bare = record({ id: whole.id, version: whole.version + 1 })

      await transfer.overwriteAsset(bare, whole.version)

      expect(await transfer.readAssets(10)).toEqual([bare])
    })

    promises('says whether a key or a place is taken', async () => {
      const { transfer, assets } = port()
      const [holder, other] = [record({ keys: ['k'], place: `${PROJECT}//a` }), record()]
      await assets.insert(holder)
      await assets.insert(other)

      await expect(transfer.overwriteAsset(changed(other, { keys: ['k'] }), 1)).rejects.toMatchObject({
        code: 'KEY_TAKEN',
      })
      await expect(transfer.overwriteAsset(changed(other, { place: `${PROJECT}//a` }), 1)).rejects.toMatchObject({
        code: 'NAME_TAKEN',
      })
      expect(await transfer.findByPlace(`${PROJECT}//a`)).toEqual(holder)
      expect(await transfer.findByPlace(`${PROJECT}//b`)).toBeUndefined()
      expect(await transfer.findByPlace(`${PROJECT}//a\0`)).toBeUndefined()
    })

    promises('reads assets of every state by id, page by page', async () => {
      const { transfer, assets } = port()
      const ids = ['9', 'a', '0', 'f', '5'].map(id)
      for (const [index, one] of ids.entries()) {
        await assets.insert(
          record({ id: one, state: index % 2 ? 'deleted' : 'persisting', projectId: id(String(index)) }),
        )
      }

      const first = await transfer.readAssets(2)
      const second = await transfer.readAssets(2, first.at(-1)?.id)
      const last = await transfer.readAssets(2, second.at(-1)?.id)

      expect([first, second, last].map(idsOf)).toEqual([[id('0'), id('5')], [id('9'), id('a')], [id('f')]])
      expect(await transfer.readAssets(2, id('f'))).toEqual([])
    })

    promises('keeps projects in the order of their making, in their latest state', async () => {
      const { transfer } = port()
      const second = { ...project, id: '0'.repeat(24), name: 'Second' }

      for (const one of [project, second, { ...project, name: 'Renamed', updatedAt: later(1) }, second]) {
        await transfer.storeProject(one)
      }

      expect(await transfer.readProjects()).toEqual([{ ...project, name: 'Renamed', updatedAt: later(1) }, second])
    })

    promises('keeps access keys in their latest state, and never takes back that one was revoked', async () => {
      const { transfer } = port()
      await transfer.storeProject(project)
      const other = { ...accessKey, id: '1'.repeat(24), hash: '2'.repeat(64) }

      for (const one of [accessKey, other, { ...accessKey, revokedAt: later(1) }, accessKey]) {
        await transfer.storeAccessKey(one)
      }

      expect(await transfer.readAccessKeys(1)).toEqual([other])
      expect(await transfer.readAccessKeys(5, other.id)).toEqual([{ ...accessKey, revokedAt: later(1) }])
    })

    promises('keeps folders under their own ids, and gives later ones higher ids', async () => {
      const { transfer, folders } = port()
      const [shop, shoes] = [4, 7].map((number) => ({
        id: number,
        projectId: PROJECT,
        path: `p${number}`,
        createdAt: NOW,
      }))
      for (const folder of [shoes, shop, shop]) if (folder) await transfer.storeFolder(folder)
      await transfer.storeFolder({ id: 1, projectId: '0'.repeat(24), path: 'p', createdAt: NOW })
      await transfer.raiseCounter({ projectId: PROJECT, number: 0, folder: 7 })
      await folders.ensure(PROJECT, ['new'], NOW)

      const all = await transfer.readFolders(10)
      expect(all.map((folder) => [folder.projectId[0], folder.id])).toEqual([
        ['0', 1],
        ['a', 4],
        ['a', 7],
        ['a', 8],
      ])
      expect(await transfer.readFolders(1, all[1])).toEqual([shoes])
    })

    promises('raises counters, and never lowers one', async () => {
      const { transfer, assets } = port()
      await assets.takeNumber(PROJECT)

      await transfer.raiseCounter({ projectId: PROJECT, number: 40, folder: 3 })
      await transfer.raiseCounter({ projectId: PROJECT, number: 20, folder: 5 })

      expect(await transfer.readCounters()).toEqual([{ projectId: PROJECT, number: 40, folder: 5 }])
      expect(await assets.takeNumber(PROJECT)).toBe(41)
    })

    promises('keeps batches in their latest state, and removes them in any', async () => {
      const { transfer } = port()
      const other = { ...batch, id: '1'.repeat(24) }
      for (const one of [batch, other, { ...batch, state: 'committed', dueAt: later(9) } as const]) {
        await transfer.storeBatch(one)
      }

      expect(await transfer.readBatches(1)).toEqual([other])
      expect(await transfer.readBatches(5, other.id)).toEqual([{ ...batch, state: 'committed', dueAt: later(9) }])
      await transfer.removeBatch(`${other.id}\0`)
      await transfer.removeBatch(batch.id)
      await transfer.removeBatch(batch.id)
      expect(await transfer.readBatches(5)).toEqual([other])
    })
  })
}
