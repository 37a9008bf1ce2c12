SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A person who proved to hold a phone.
CREATE TABLE citizens (
    citizen_id uuid PRIMARY KEY,
    phone text NOT NULL UNIQUE,
    language text NOT NULL CHECK (language IN ('bn', 'en')),
    nid text,
    birth_registration_number text,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
);

-- The one code that a phone may show now, and when codes were asked for. citizen_id is kept for
-- whoever proves to hold an unknown phone. A row is rewritten at every try: room for that on its page.
CREATE TABLE challenges (
    phone text PRIMARY KEY,
    citizen_id uuid NOT NULL,
    salt bytea NOT NULL DEFAULT '',
    code_hash bytea NOT NULL DEFAULT '',
    expires_at timestamptz NOT NULL DEFAULT '-infinity',
    tries_left bigint NOT NULL DEFAULT 0,
    asked_at timestamptz [] NOT NULL DEFAULT '{}',
    forget_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 70);

CREATE INDEX challenges_forget_at ON challenges (forget_at);

-- How many codes an address asked for in a window of time.
CREATE TABLE address_windows (
    address text NOT NULL,
    window_start timestamptz NOT NULL,
    asked bigint NOT NULL,
    PRIMARY KEY (window_start, address)
) WITH (fillfactor = 70);

-- One login of one person on one device; of refresh tokens only hashes are kept.
CREATE TABLE sessions (
    session_id uuid PRIMARY KEY,
    subject_id uuid NOT NULL,
    roles text [] NOT NULL,
    family_hash bytea NOT NULL UNIQUE,
    secret_hash bytea NOT NULL,
    previous_hash bytea,
    next_salt bytea,
    rotated_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    most_until timestamptz NOT NULL,
    ended_at timestamptz
) WITH (fillfactor = 80);

CREATE INDEX sessions_expires_at ON sessions (expires_at);
CREATE INDEX sessions_subject_id ON sessions (subject_id);

-- Keys that sign access tokens; the private half is wrapped with IDENTITY_KEY_SECRET.
CREATE TABLE signing_keys (
    kid text PRIMARY KEY,
    public_jwk text NOT NULL,
    private_wrapped bytea NOT NULL,
    signs_from timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Officers and operators: created by command, never by the public API.
CREATE TABLE staff (
    staff_id uuid PRIMARY KEY,
    username text NOT NULL UNIQUE,
    role text NOT NULL CHECK (role IN ('officer', 'operator')),
    ministry text CHECK ((role = 'officer') = (ministry IS NOT NULL)),
    password_hash text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now()
);

-- Who did what to whom by command, and when.
CREATE TABLE audit (
    audit_id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    actor text NOT NULL,
    action text NOT NULL,
    subject text NOT NULL
);
