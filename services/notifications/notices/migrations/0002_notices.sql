SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Number and text of a notice, encrypted, until it has arrived or an operator has settled it: one
-- that expired or failed can be sent again.
CREATE TABLE notices (
    message_id uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    phone text NOT NULL,
    notice_text text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
