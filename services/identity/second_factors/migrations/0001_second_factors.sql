SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Public keys of the passkeys of staff.
CREATE TABLE passkeys (
    passkey_id bytea PRIMARY KEY,
    staff_id uuid NOT NULL,
    name text NOT NULL,
    public_key bytea NOT NULL,
    sign_count bigint NOT NULL,
    added_at timestamptz NOT NULL
);
CREATE INDEX passkeys_staff_id ON passkeys (staff_id);

-- The secret of a person's authenticator app, wrapped with IDENTITY_KEY_SECRET, and the time step
-- of the newest code that was used: a code opens one login.
CREATE TABLE totp_secrets (
    staff_id uuid PRIMARY KEY,
    wrapped_secret bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0
);

-- Challenges that were answered, until they expire by themselves.
CREATE TABLE used_challenges (
    challenge bytea PRIMARY KEY,
    expires_at timestamptz NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX used_challenges_expires_at ON used_challenges (expires_at);
