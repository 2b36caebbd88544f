/** Assets, the keys that they ever claimed, and the counters of their numbers. Times are milliseconds since 1970. */
export const createAssets = `
  CREATE TABLE assets (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    temp_id TEXT,
    version INTEGER NOT NULL,
    state TEXT NOT NULL,
    key TEXT,
    keys TEXT,
    place TEXT,
    number INTEGER,
    incoming TEXT,
    garbage TEXT,
    garbage_count INTEGER,
    marks TEXT,
    deadline INTEGER,
    claimed_at INTEGER,
    lease_until INTEGER,
    forget_at INTEGER,
    due_at INTEGER,
    failures INTEGER NOT NULL,
    retry_at INTEGER,
    name TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    size INTEGER,
    sha256 TEXT,
    type TEXT,
    utf8 INTEGER,
    width INTEGER,
    height INTEGER,
    stored_at INTEGER
  ) STRICT;

  CREATE UNIQUE INDEX assets_by_temp_id ON assets (temp_id) WHERE temp_id IS NOT NULL;
  CREATE UNIQUE INDEX assets_by_key ON assets (key) WHERE key IS NOT NULL;
  CREATE UNIQUE INDEX assets_by_place ON assets (place) WHERE place IS NOT NULL;
  CREATE UNIQUE INDEX assets_by_number ON assets (project_id, number) WHERE number IS NOT NULL;
  CREATE INDEX assets_by_age ON assets (project_id, state, created_at, id);
  CREATE INDEX assets_by_due_at ON assets (due_at, id) WHERE due_at IS NOT NULL;
  CREATE INDEX assets_with_garbage ON assets (garbage_count) WHERE garbage_count IS NOT NULL;

  CREATE TABLE asset_keys (
    key TEXT NOT NULL PRIMARY KEY,
    asset_id TEXT NOT NULL
  ) STRICT, WITHOUT ROWID;

  CREATE TRIGGER assets_insert_keys AFTER INSERT ON assets WHEN NEW.keys IS NOT NULL BEGIN
    INSERT INTO asset_keys SELECT value, NEW.id FROM json_each(NEW.keys);
  END;

  CREATE TRIGGER assets_update_keys AFTER UPDATE OF keys ON assets WHEN NEW.keys IS NOT OLD.keys BEGIN
    DELETE FROM asset_keys
      WHERE key IN (SELECT value FROM json_each(OLD.keys)) AND key NOT IN (SELECT value FROM json_each(NEW.keys));
    INSERT INTO asset_keys
      SELECT value, NEW.id FROM json_each(NEW.keys) WHERE value NOT IN (SELECT value FROM json_each(OLD.keys));
  END;

  CREATE TRIGGER assets_delete_keys AFTER DELETE ON assets WHEN OLD.keys IS NOT NULL BEGIN
    DELETE FROM asset_keys WHERE key IN (SELECT value FROM json_each(OLD.keys));
  END;

  CREATE TABLE counters (
    project_id TEXT NOT NULL PRIMARY KEY,
    number INTEGER NOT NULL
  ) STRICT, WITHOUT ROWID;
`
