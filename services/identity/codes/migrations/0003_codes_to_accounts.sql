SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Of the sent codes, those after the share of a connection was spent: to phones with an account.
ALTER TABLE code_counts ADD COLUMN to_accounts bigint NOT NULL DEFAULT 0;
