-- A hand-over says where the citizen was assisted, who acted for whom, and by which version of the form.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE deliveries ADD COLUMN form_version bigint;
ALTER TABLE deliveries ADD COLUMN service_centre_id text;
ALTER TABLE deliveries ADD COLUMN applicant_id uuid;
ALTER TABLE deliveries ADD COLUMN actor_id uuid;
