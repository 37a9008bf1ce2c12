SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Accounts of those who work: created by command, never by the public API. `office_id` is where an
-- officer works. `password_expires_at` is when an initial password ends; null for a password that
-- its person chose.
CREATE TABLE staff (
    staff_id uuid PRIMARY KEY,
    username text NOT NULL UNIQUE,
    ministry text,
    password_hash text NOT NULL,
    active boolean NOT NULL DEFAULT true,
    created_at timestamptz NOT NULL DEFAULT now(),
    office_id text,
    password_expires_at timestamptz,
    CONSTRAINT office_of_ministry CHECK (office_id IS NULL OR ministry IS NOT NULL)
);

-- The roles of an account, by the names in `rules.py ROLES`: who gave each, and until which day in
-- Dhaka it holds.
CREATE TABLE staff_roles (
    staff_id uuid NOT NULL REFERENCES staff,
    role text NOT NULL,
    given_by text NOT NULL,
    given_at timestamptz NOT NULL,
    until date,
    PRIMARY KEY (staff_id, role)
);
CREATE INDEX staff_roles_by_role ON staff_roles (role);

-- Wrong logins of staff by where they came from: a name on a network or a device, a name
-- everywhere, an address, a network. A source is a keyed hash: a name that was typed may be a
-- password. `known_until`: the person has logged in from there. A row is rewritten at every login.
CREATE TABLE staff_attempts (
    source bytea PRIMARY KEY,
    level double precision NOT NULL DEFAULT 0,
    counted_at timestamptz NOT NULL DEFAULT 'epoch',
    known_until timestamptz NOT NULL DEFAULT 'epoch',
    delete_after timestamptz NOT NULL DEFAULT now()
) WITH (
    fillfactor = 70,
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE INDEX staff_attempts_delete_after ON staff_attempts (delete_after);

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
