/** Two tables of one row: whose database this is, and the worker's sign of life. */
export const createInstallation = `
  CREATE TABLE installation (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    id TEXT NOT NULL,
    marked INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE heartbeat (
    only INTEGER NOT NULL PRIMARY KEY CHECK (only = 1),
    last_run_at INTEGER NOT NULL
  ) STRICT;
`
