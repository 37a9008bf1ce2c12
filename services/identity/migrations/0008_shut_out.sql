SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- When a login was made, and when its person last showed all proofs of it. Logins from before this
-- column have shown nothing lately.
ALTER TABLE sessions
ADD COLUMN opened_at timestamptz NOT NULL DEFAULT now(),
ADD COLUMN authenticated_at timestamptz NOT NULL DEFAULT 'epoch';

-- Signing keys that were stolen. Sessions opened before the newest revocation have ended.
CREATE TABLE revoked_keys (
    kid text PRIMARY KEY,
    revoked_at timestamptz NOT NULL
);

-- The secret of a person's authenticator app, wrapped with IDENTITY_KEY_SECRET, and the time step of
-- the newest code that was used: a code opens one login.
CREATE TABLE totp_secrets (
    staff_id uuid PRIMARY KEY,
    wrapped_secret bytea NOT NULL,
    last_step bigint NOT NULL DEFAULT 0
);

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

-- Every login of staff, good or bad. An unknown username is not kept: it may be a password.
CREATE TABLE staff_logins (
    login_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    staff_id uuid,
    outcome text NOT NULL,
    address text NOT NULL
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX staff_logins_at ON staff_logins (at);
CREATE INDEX staff_logins_staff_id ON staff_logins (staff_id, login_id);
