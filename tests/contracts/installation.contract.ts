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

      expect(await (await harness.reopen()).identify('second')).toEqual({ id: 'first', marked: true })
    })
  })
}
