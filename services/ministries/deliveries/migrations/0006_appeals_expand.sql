SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What a ministry decided about the objection to its refusal, once.
ALTER TABLE applications ADD COLUMN appeal_outcome text;
