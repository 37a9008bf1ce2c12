SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What was `lodged` is `submitted`, as everywhere else (decision 65).
-- squawk-ignore ban-drop-constraint
ALTER TABLE deliveries DROP CONSTRAINT deliveries_kind_check;
UPDATE deliveries SET kind = 'submitted' WHERE kind = 'lodged';
-- squawk-ignore constraint-missing-not-valid
ALTER TABLE deliveries ADD CONSTRAINT deliveries_kind_check
    CHECK (kind IN ('submitted', 'corrected', 'withdrawn'));
