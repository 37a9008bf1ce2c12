SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- Names that say what they hold. Nothing is deployed yet, so no reader depends on the old ones.
-- squawk-ignore renaming-column
ALTER TABLE submissions RENAME COLUMN handed_in_at TO submitted_at;
-- squawk-ignore renaming-column
ALTER TABLE timeline RENAME COLUMN happened_at TO occurred_at;
-- squawk-ignore renaming-column
ALTER TABLE timeline RENAME COLUMN place TO entry_number;
-- squawk-ignore renaming-object
ALTER INDEX applications_of_citizen RENAME TO applications_by_citizen;
-- squawk-ignore renaming-object
ALTER INDEX applications_running_out RENAME TO applications_by_due_date;
-- squawk-ignore renaming-object
ALTER INDEX applications_tracking_number RENAME TO applications_by_tracking_number;
