-- The SHA-256 of the content whose rows are recorded: a file may be saved again under its name before it
-- is put aside. Files that were recorded before have none; their names alone count.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE read_files ADD COLUMN sha256 text;
