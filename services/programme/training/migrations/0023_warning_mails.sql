SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Where people want to be warned before a qualification ends, encrypted; the holder is an account.
CREATE TABLE warning_mails (
    holder_id uuid PRIMARY KEY,
    mail text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
