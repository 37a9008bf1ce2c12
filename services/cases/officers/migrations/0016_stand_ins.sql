SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- The duties that officers have for colleagues who are away, in their days, as identity announced
-- them last.
CREATE TABLE stand_ins (
    officer_id uuid NOT NULL REFERENCES officers,
    duty text NOT NULL,
    since date NOT NULL,
    until date NOT NULL,
    absent_id uuid NOT NULL,
    PRIMARY KEY (officer_id, duty, since, absent_id)
);
