SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Sites that let people log in with us. They are made by command. `sector` is the host under which
-- several sites share the ids of people; `public_keys` is a JSON Web Key Set.
CREATE TABLE clients (
    client_id text PRIMARY KEY,
    name_bn text NOT NULL,
    name_en text NOT NULL,
    redirect_uris text [] NOT NULL,
    post_logout_redirect_uris text [] NOT NULL,
    scopes text [] NOT NULL,
    sector text NOT NULL,
    public_keys text NOT NULL,
    created_at timestamptz NOT NULL,
    disabled_at timestamptz
);

-- Assertions with which clients have authenticated, until they expire by themselves.
CREATE TABLE used_assertions (
    client_id text NOT NULL,
    assertion_hash bytea NOT NULL,
    expires_at timestamptz NOT NULL,
    PRIMARY KEY (client_id, assertion_hash)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);
