-- Of an erased citizen's application no case file number and no note is stored again.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE applications ADD COLUMN erased boolean NOT NULL DEFAULT false;
