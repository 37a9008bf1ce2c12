SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Licensed uddoktas, by the id of their account. Of the phone there is a keyed hash only: no
-- citizen consents with it.
CREATE TABLE uddoktas (
    uddokta_id uuid PRIMARY KEY,
    username text NOT NULL,
    first_name_bn text NOT NULL,
    first_name_en text NOT NULL,
    service_centre_id text NOT NULL,
    position text NOT NULL CHECK (position IN ('uddokta', 'head')),
    licence_number text NOT NULL,
    licence_from date NOT NULL,
    licence_until date NOT NULL,
    certificate_number text NOT NULL,
    certificate_until date NOT NULL,
    phone_index bytea NOT NULL,
    state text NOT NULL CHECK (state IN ('active', 'paused', 'suspended'))
);
CREATE INDEX uddoktas_by_phone ON uddoktas (phone_index);

-- Pauses, suspensions and reinstatements: proposed by one person, approved by another.
CREATE TABLE sanctions (
    sanction_id uuid PRIMARY KEY,
    uddokta_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('pause', 'suspension', 'reinstatement')),
    reason text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by uuid,
    approved_at timestamptz,
    CONSTRAINT approved_by_another CHECK (approved_by <> proposed_by)
);
CREATE INDEX sanctions_of_uddokta ON sanctions (uddokta_id, proposed_at DESC);
