/** Assets that are persisted together. */
export const createBatches = `
  CREATE TABLE batches (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    members TEXT NOT NULL,
    state TEXT NOT NULL,
    due_at INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE INDEX batches_by_due_at ON batches (due_at, id);
`
