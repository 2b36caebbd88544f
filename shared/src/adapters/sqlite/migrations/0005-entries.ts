/**
 * What assets are listed and found by, and folders. Records that are there already get their folder and name from their place, and
 * their kind from the name. Counts of what is listed are kept for each block of 1024 numbers, in the transaction of every change.
 */
export const createEntries = `
  ALTER TABLE assets ADD COLUMN retired TEXT;
  ALTER TABLE assets ADD COLUMN folder TEXT;
  ALTER TABLE assets ADD COLUMN entry_name TEXT;
  ALTER TABLE assets ADD COLUMN url TEXT;
  ALTER TABLE assets ADD COLUMN image INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE assets ADD COLUMN video INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE assets ADD COLUMN script INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE assets ADD COLUMN style INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE assets ADD COLUMN text INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE assets ADD COLUMN async INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE assets ADD COLUMN defer INTEGER NOT NULL DEFAULT 0;

  UPDATE assets SET
    folder = substr(path, length(project_id) + 2, length(path) - length(project_id) - 2),
    entry_name = substr(place, length(path) + 1)
  FROM (SELECT id AS placed, rtrim(place, replace(place, '/', '')) AS path FROM assets WHERE place IS NOT NULL)
  WHERE id = placed;

  UPDATE assets SET
    image = extension IN ('png', 'jpg', 'jpeg', 'gif', 'webp', 'avif', 'svg', 'ico', 'bmp', 'tif', 'tiff'),
    video = extension IN ('mp4', 'm4v', 'webm', 'ogv', 'mov'),
    script = extension IN ('js', 'mjs'),
    style = extension IN ('css'),
    text = extension IN ('txt', 'html', 'htm', 'json', 'xml', 'csv', 'md')
  FROM (
    SELECT id AS named, lower(substr(stem, length(rtrim(stem, replace(stem, '.', ''))) + 1)) AS extension
    FROM (SELECT id, entry_name AS stem FROM assets WHERE entry_name LIKE '_%.%')
  )
  WHERE id = named;

  CREATE INDEX assets_listed ON assets (
    project_id, number, created_at, updated_at, entry_name, folder,
    image, video, script, style, text, width, height, url, async, defer
  ) WHERE state = 'persisted' AND number IS NOT NULL;
  CREATE INDEX assets_by_folder ON assets (project_id, folder) WHERE state = 'persisted' AND folder IS NOT NULL;

  CREATE TABLE blocks (
    project_id TEXT NOT NULL,
    block INTEGER NOT NULL,
    live INTEGER NOT NULL,
    PRIMARY KEY (project_id, block)
  ) STRICT, WITHOUT ROWID;

  INSERT INTO blocks SELECT project_id, number >> 10, count(*) FROM assets
    WHERE state = 'persisted' AND number IS NOT NULL GROUP BY project_id, number >> 10;

  CREATE TRIGGER blocks_insert AFTER INSERT ON assets WHEN NEW.state = 'persisted' AND NEW.number IS NOT NULL BEGIN
    INSERT INTO blocks VALUES (NEW.project_id, NEW.number >> 10, 1)
      ON CONFLICT (project_id, block) DO UPDATE SET live = live + 1;
  END;

  CREATE TRIGGER blocks_enter AFTER UPDATE OF state, number ON assets
  WHEN NEW.state = 'persisted' AND NEW.number IS NOT NULL BEGIN
    INSERT INTO blocks VALUES (NEW.project_id, NEW.number >> 10, 1)
      ON CONFLICT (project_id, block) DO UPDATE SET live = live + 1;
  END;

  CREATE TRIGGER blocks_leave AFTER UPDATE OF state, number ON assets
  WHEN OLD.state = 'persisted' AND OLD.number IS NOT NULL BEGIN
    UPDATE blocks SET live = live - 1 WHERE project_id = OLD.project_id AND block = OLD.number >> 10;
  END;

  CREATE TRIGGER blocks_delete AFTER DELETE ON assets WHEN OLD.state = 'persisted' AND OLD.number IS NOT NULL BEGIN
    UPDATE blocks SET live = live - 1 WHERE project_id = OLD.project_id AND block = OLD.number >> 10;
  END;

  CREATE TABLE folders (
    project_id TEXT NOT NULL,
    id INTEGER NOT NULL,
    path TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (project_id, id)
  ) STRICT, WITHOUT ROWID;

  CREATE UNIQUE INDEX folders_by_path ON folders (project_id, path);

  ALTER TABLE counters ADD COLUMN folder INTEGER NOT NULL DEFAULT 0;

  CREATE TRIGGER folders_count AFTER INSERT ON folders BEGIN
    INSERT INTO counters (project_id, number, folder) VALUES (NEW.project_id, 0, NEW.id)
      ON CONFLICT (project_id) DO UPDATE SET folder = NEW.id;
  END;
`
