SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- One login of a citizen at a client: the code that the client exchanges once, and its tokens, of
-- which only hashes are kept. The columns of a session mean the same as there.
CREATE TABLE grants (
    grant_id uuid PRIMARY KEY,
    citizen_id uuid NOT NULL,
    client_id text NOT NULL,
    login_id uuid NOT NULL,
    scopes text [] NOT NULL,
    redirect_uri text NOT NULL,
    code_challenge text NOT NULL,
    nonce text,
    code_hash bytea NOT NULL UNIQUE,
    code_expires_at timestamptz NOT NULL,
    code_used_at timestamptz,
    family_hash bytea NOT NULL UNIQUE,
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    successor_salt bytea,
    rotated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    absolute_expires_at timestamptz NOT NULL,
    opened_at timestamptz NOT NULL,
    authenticated_at timestamptz NOT NULL,
    ended_at timestamptz
) WITH (
    fillfactor = 80,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX grants_expires_at ON grants (expires_at);
CREATE INDEX grants_citizen_id ON grants (citizen_id, client_id);

-- What a citizen lets a client know.
CREATE TABLE consents (
    citizen_id uuid NOT NULL,
    client_id text NOT NULL,
    scopes text [] NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (citizen_id, client_id)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);

-- The id by which clients of a sector know a citizen. It is random, so that nobody can tell that
-- two sectors mean the same person, and it stays when keys change.
CREATE TABLE pairwise_subjects (
    citizen_id uuid NOT NULL,
    sector text NOT NULL,
    subject uuid NOT NULL UNIQUE,
    PRIMARY KEY (citizen_id, sector)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
