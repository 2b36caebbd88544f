import type { InstallationRecord } from '@keepsake/shared/ports/installation'
import { describeContract, type Harness } from './harness.ts'

/** What every record of an installation must do. */
export function describeInstallation(harness: Harness<InstallationRecord>): void {
  describeContract(harness, ({ port, promises }) => {
    promises('keeps the first id for every process, however many ask at once', async () => {
      const other = await harness.reopen()
      const candidates = Array.from({ length: 10 }, (_, index) => `candidate ${index}`)

      const answers = await Promise.all(candidates.map((id, index) => (index % 2 ? port() : other).identify(id)))

      expect(new Set(answers.map(({ id }) => id)).size).toBe(1)
      expect(candidates).toContain(answers[0]?.id)
      expect(answers.every(({ marked }) => !marked)).toBe(true)
    })

    promises('remembers that the storage was marked', async () => {
      await port().identify('first')

      await port().setMarked()

      expect(await (await harness.reopen()).identify('second')).toMatchObject({ id: 'first', marked: true })
    })

    promises(
      'changes the use from what it is alone, and only one of those who want different things succeeds',
      async () => {
        expect(await port().identify('first')).toEqual({ id: 'first', marked: false, use: 'none' })
        const wanted = Array.from({ length: 10 }, (_, index) => (index % 2 ? 'service' : 'transfer'))

        const changed = await Promise.all(wanted.map((use) => port().changeUse('none', use)))

        const { use } = await (await harness.reopen()).identify('second')
        expect(changed).toEqual(wanted.map((each) => each === use))
        expect(await port().changeUse('none', use === 'service' ? 'transfer' : 'service')).toBe(false)
        expect(await port().changeUse(use, 'none')).toBe(true)
      },
    )
  })
}
