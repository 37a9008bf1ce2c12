SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- No statement reads it: `signs_from` says how old a key is. No version that did is deployed.
-- squawk-ignore ban-drop-column
ALTER TABLE signing_keys DROP COLUMN created_at;
