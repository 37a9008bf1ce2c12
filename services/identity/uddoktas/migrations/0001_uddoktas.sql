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
