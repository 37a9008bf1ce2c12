SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Officers as identity announced them last.
CREATE TABLE officers (
    officer_id uuid PRIMARY KEY,
    ministry text NOT NULL,
    office_id text,
    duties text [] NOT NULL,
    active boolean NOT NULL,
    changed_at timestamptz NOT NULL
);
CREATE INDEX officers_at_office ON officers (office_id) WHERE active;
