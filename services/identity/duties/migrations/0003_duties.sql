SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The duties of officers at the offices where they got them: one that an officer has left behind
-- holds no more. Who proposed and who approved it is in `acts_of_two`.
CREATE TABLE officer_duties (
    staff_id uuid NOT NULL REFERENCES staff,
    office_id text NOT NULL REFERENCES offices,
    duty text NOT NULL,
    given_at timestamptz NOT NULL,
    PRIMARY KEY (staff_id, office_id, duty)
);

-- Officers as they were announced last. Any difference is announced.
CREATE TABLE announced_officers (
    officer_id uuid PRIMARY KEY,
    ministry text NOT NULL,
    office_id text,
    area text,
    duties text [] NOT NULL,
    active boolean NOT NULL,
    announced_at timestamptz NOT NULL
);
