SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- How often somebody had to go somewhere, and whether money was asked for beyond the price; null
-- where the citizen has not said so.
ALTER TABLE feedback ADD COLUMN visits bigint CHECK (visits BETWEEN 0 AND 99);
ALTER TABLE feedback ADD COLUMN asked_for_more boolean;

-- By rating too: of how many the visits are known and their sum, how many have said whether money
-- was asked for, and how many that it was.
ALTER TABLE feedback_counts ADD COLUMN visits_said bigint NOT NULL DEFAULT 0;
ALTER TABLE feedback_counts ADD COLUMN visits_sum bigint NOT NULL DEFAULT 0;
ALTER TABLE feedback_counts ADD COLUMN money_said bigint NOT NULL DEFAULT 0;
ALTER TABLE feedback_counts ADD COLUMN money_asked bigint NOT NULL DEFAULT 0;
