SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Whether its citizen was told that the ministry's focal point reads the sentence, too; of those of
-- before she was told that only the programme's staff does.
ALTER TABLE feedback ADD COLUMN for_ministry boolean NOT NULL DEFAULT false;
