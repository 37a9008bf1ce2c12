-- A notice about an account or a mandate has a lane of its own, so that no login code waits behind
-- ten thousand of them. Its number and text are kept, encrypted, until it has arrived or an operator
-- has settled it: one that expired or failed can be sent again. The indexes of a short queue are
-- built while nobody writes.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE messages ADD COLUMN is_notice boolean NOT NULL DEFAULT false;

-- squawk-ignore require-concurrent-index-deletion
DROP INDEX codes_due;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX codes_due ON messages (due_at, message_number)
 WHERE state = 'queued' AND application_id IS NULL AND NOT is_notice;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX notices_due ON messages (due_at, message_number)
 WHERE state = 'queued' AND is_notice;
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX notices_queued ON messages (created_at) WHERE state = 'queued' AND is_notice;

CREATE TABLE notices (
    message_id  uuid PRIMARY KEY REFERENCES messages ON DELETE CASCADE,
    phone       text NOT NULL,
    notice_text text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
