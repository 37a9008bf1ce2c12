SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What officers propose to do with the paper of a decided case: to withdraw it, or to issue a
-- corrected one in its place. `reason` and `fields` (JSON, what a corrected paper says otherwise) are
-- encrypted. `by_decider`: whether its proposer has the duty that decided. That nobody approves what
-- she proposed is held here, and so is that one proposal of a case waits at a time.
CREATE TABLE paper_proposals (
    case_id uuid NOT NULL REFERENCES cases,
    proposal_id uuid NOT NULL,
    office_id text NOT NULL,
    kind text NOT NULL CHECK (kind IN ('withdrawal', 'correction')),
    reason text NOT NULL,
    fields text NOT NULL,
    by_decider boolean NOT NULL,
    proposed_by uuid NOT NULL,
    proposed_at timestamptz NOT NULL,
    answer text CHECK (answer IN ('approved', 'rejected')),
    answered_by uuid,
    answered_at timestamptz,
    PRIMARY KEY (case_id, proposal_id),
    CHECK ((answer IS NULL) = (answered_by IS NULL)),
    CHECK ((answer IS NULL) = (answered_at IS NULL)),
    CHECK (answer IS DISTINCT FROM 'approved' OR answered_by <> proposed_by)
) WITH (
    autovacuum_analyze_threshold = 10000,
    autovacuum_vacuum_threshold = 10000,
    autovacuum_vacuum_insert_threshold = 10000,
    vacuum_truncate = off
);
CREATE UNIQUE INDEX paper_proposals_waiting ON paper_proposals (case_id) WHERE answer IS NULL;
CREATE INDEX paper_proposals_of_office ON paper_proposals (office_id, proposed_at)
    WHERE answer IS NULL;
