-- The responsible office as JSON; and where a withdrawal is not the citizen's, the ministry that decides
-- instead. A moved application is with two ministries one after the other, so what is known of it is
-- known of each: their deliveries do not wait for one another. Nothing is deployed yet that holds
-- more rows than these statements change in a second.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE deliveries ADD COLUMN office text;
ALTER TABLE deliveries ADD COLUMN moved_to text;

-- squawk-ignore ban-drop-constraint
ALTER TABLE deliveries DROP CONSTRAINT deliveries_application_id_fkey;
-- squawk-ignore ban-drop-constraint
ALTER TABLE applications DROP CONSTRAINT cases_pkey;
-- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid, disallowed-unique-constraint
ALTER TABLE applications ADD PRIMARY KEY (application_id, ministry);
-- squawk-ignore adding-foreign-key-constraint, constraint-missing-not-valid
ALTER TABLE deliveries ADD FOREIGN KEY (application_id, ministry) REFERENCES applications;
