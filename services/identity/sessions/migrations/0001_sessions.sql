SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- One login of one person on one device; of refresh tokens only hashes are kept. `authenticated_at`
-- is when its person last showed all proofs of it. `ministry`, `office_id` and `area` are where an
-- officer worked at the login, which the tokens of the session say. `device`: on which a citizen
-- logged in, by the id in its device token or by the key of a centre's device.
CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL,
    roles text [] NOT NULL,
    family_hash bytea NOT NULL UNIQUE,
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    successor_salt bytea,
    rotated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    absolute_expires_at timestamptz NOT NULL,
    ended_at timestamptz,
    opened_at timestamptz NOT NULL DEFAULT now(),
    authenticated_at timestamptz NOT NULL DEFAULT 'epoch',
    ministry text,
    office_id text,
    area text,
    device text
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_subject_id ON sessions (subject_id);
CREATE INDEX sessions_of_device ON sessions (device, opened_at)
    WHERE device IS NOT NULL;
