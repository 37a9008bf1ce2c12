SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Who said no to an act, or took the own proposal back; null while it waits.
ALTER TABLE acts_of_two
    ADD COLUMN rejected_by uuid,
    ADD COLUMN rejected_at timestamptz,
    ADD CONSTRAINT approved_or_rejected CHECK (
        approved_by IS NULL OR rejected_by IS NULL
    ) NOT VALID;
