-- What hands submissions to a ministry is data of the catalogue. An application keeps the adapter that
-- served its ministry when it was submitted, so that one adapter alone hands over all of it, in order.
-- With `none_yet` its submission waits in `submissions` until the ministry is connected.
SET lock_timeout = '1s';
SET statement_timeout = '60s';

ALTER TABLE public_services ADD COLUMN ministry_adapter text NOT NULL DEFAULT 'hosted';
ALTER TABLE applications ADD COLUMN adapter text NOT NULL DEFAULT 'hosted';

-- Only applications that wait; the statement that looks for them repeats the condition.
-- squawk-ignore require-concurrent-index-creation
CREATE INDEX applications_not_handed_over ON applications (public_service_id, application_id)
 WHERE adapter = 'none_yet' AND status = 'submitted';

-- Until now the copy also had invented deadlines. The catalogue announces all services again, since
-- its events now say which deadlines are published.
UPDATE public_services SET service_deadline_days = NULL;
