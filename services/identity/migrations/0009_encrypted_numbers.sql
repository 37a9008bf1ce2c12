-- Phones, NID and birth registration numbers are encrypted (docs/decisions/0022). A citizen is found by
-- a keyed hash of the phone. It is null in rows from before, until `admin identity re-encrypt` has
-- encrypted them: run it before this version serves, for a citizen without it is not found.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE citizens ADD COLUMN phone_index bytea;
-- Nothing is deployed yet: an index of the table of a running system would be built concurrently.
-- squawk-ignore require-concurrent-index-creation
CREATE UNIQUE INDEX citizens_by_phone ON citizens (phone_index);
-- squawk-ignore ban-drop-constraint
ALTER TABLE citizens DROP CONSTRAINT citizens_phone_key;

-- A challenge needs no phone, only its hash. Those of today are deleted: whoever waits for a code
-- asks for another one.
DELETE FROM challenges;
-- squawk-ignore ban-drop-column
ALTER TABLE challenges DROP COLUMN phone;
-- squawk-ignore adding-required-field
ALTER TABLE challenges ADD COLUMN phone_index bytea NOT NULL;
-- The table is empty.
-- squawk-ignore constraint-missing-not-valid, adding-serial-primary-key-field
ALTER TABLE challenges ADD CONSTRAINT challenges_pkey PRIMARY KEY (phone_index);
