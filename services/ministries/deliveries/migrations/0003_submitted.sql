SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What was `lodged` is `submitted`, as everywhere else (decision 65).
ALTER TABLE deliveries DROP CONSTRAINT deliveries_kind_check;
UPDATE deliveries SET kind = 'submitted' WHERE kind = 'lodged';
ALTER TABLE deliveries ADD CONSTRAINT deliveries_kind_check
    CHECK (kind IN ('submitted', 'corrected', 'withdrawn')) NOT VALID;
ALTER TABLE deliveries VALIDATE CONSTRAINT deliveries_kind_check;
