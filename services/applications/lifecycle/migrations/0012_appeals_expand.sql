SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Until when and how the citizen may object to a refusal, as its decision said it; null where no
-- objection is taken here. `appeal` is JSON. `appealed_at`: when she did, once.
ALTER TABLE applications ADD COLUMN appeal_until date;
ALTER TABLE applications ADD COLUMN appeal text;
ALTER TABLE applications ADD COLUMN appealed_at timestamptz;
