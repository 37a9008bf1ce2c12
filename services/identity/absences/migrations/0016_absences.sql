SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Until when officers are away, and which colleague of the office has their duties meanwhile. The
-- duties are those of `officer_duties` on each day. One that ended early is deleted. `deputy_left`:
-- the deputy went to another office, and is none any more.
CREATE TABLE officer_absences (
    absence_id uuid PRIMARY KEY,
    staff_id uuid NOT NULL REFERENCES staff,
    office_id text NOT NULL REFERENCES offices,
    deputy_id uuid NOT NULL REFERENCES staff,
    since date NOT NULL,
    until date NOT NULL,
    recorded_at timestamptz NOT NULL,
    deputy_left boolean NOT NULL DEFAULT false,
    CONSTRAINT in_order CHECK (since <= until),
    CONSTRAINT deputy_is_another CHECK (deputy_id <> staff_id)
);
CREATE INDEX officer_absences_by_deputy ON officer_absences (deputy_id, until);
CREATE INDEX officer_absences_by_officer ON officer_absences (staff_id, until);
