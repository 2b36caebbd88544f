/** Which installation the database belongs to; its storage carries the same id. */
export interface InstallationRecord {
  /** Stores `candidate` if there is no id yet; answers with the stored one, and whether the storage was marked with it. */
  identify(candidate: string): Promise<{ id: string; marked: boolean }>
  /** From now on a storage without the mark is a wrong one. */
  setMarked(): Promise<void>
}
