-- An application that is moved is asked for at its new ministry too.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- squawk-ignore ban-drop-constraint
ALTER TABLE inquiries DROP CONSTRAINT inquiries_pkey;
-- squawk-ignore adding-serial-primary-key-field, constraint-missing-not-valid, disallowed-unique-constraint
ALTER TABLE inquiries ADD PRIMARY KEY (application_id, ministry);
