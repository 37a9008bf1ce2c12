SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- From which day a clock counts how many working days: when the calendar changes, its end is
-- reckoned again. Null for one that counts all days. `again_at`: a clock that ran out and could not
-- be carried out is looked at again then; it has run out all the same.
ALTER TABLE timers ADD COLUMN begins_on date;
ALTER TABLE timers ADD COLUMN days bigint;
ALTER TABLE timers ADD COLUMN again_at timestamptz;

-- The working days after which the whole case is due; null if all days count.
ALTER TABLE cases ADD COLUMN due_days bigint;
