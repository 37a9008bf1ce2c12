SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- When the ministry's record that an entry follows from was written, as that record says, and when
-- the entry was stored. Of entries from before the second is not known, so they have no default.
ALTER TABLE timeline ADD COLUMN published_at timestamptz, ADD COLUMN stored_at timestamptz;
ALTER TABLE timeline ALTER COLUMN stored_at SET DEFAULT now();

-- When what an application waited for had come, and its submission was published.
ALTER TABLE applications ADD COLUMN waited_until timestamptz;
