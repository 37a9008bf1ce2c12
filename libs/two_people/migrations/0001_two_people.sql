SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What one person proposed about a subject and another one approved; null while it waits.
CREATE TABLE acts_of_two (
    act_id uuid PRIMARY KEY,
    subject text NOT NULL,
    kind text NOT NULL,
    reason text NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    approved_by uuid,
    approved_at timestamptz,
    CONSTRAINT approved_by_another CHECK (approved_by <> proposed_by)
);
CREATE INDEX acts_of_two_by_subject ON acts_of_two (subject, proposed_at DESC, act_id DESC);
