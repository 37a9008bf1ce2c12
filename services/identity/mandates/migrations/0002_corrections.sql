SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- A mandate to correct what was sent with another one (`corrects`): to which answers the citizen
-- agrees, as applications names them, and what they change of who the applicant is.
ALTER TABLE mandates
    ADD COLUMN corrects uuid,
    ADD COLUMN correction_id uuid,
    ADD COLUMN changes text [] NOT NULL DEFAULT '{}',
    ADD CONSTRAINT correction_of_a_mandate CHECK (
        (corrects IS NULL) = (correction_id IS NULL)
    ) NOT VALID;
