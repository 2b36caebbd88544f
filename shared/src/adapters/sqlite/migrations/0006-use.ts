/** What the database is there for. One that is there already is in service, and so is one that a process of the release before begins. */
export const addUse = `
  ALTER TABLE installation ADD COLUMN use TEXT NOT NULL DEFAULT 'service';
`
