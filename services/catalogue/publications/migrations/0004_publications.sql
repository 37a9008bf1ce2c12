SET lock_timeout = '1s';
SET statement_timeout = '60s';

-- What two people published: versions of workflows, tariffs and years of the calendar. `content` is
-- JSON as text. No row is ever changed: a later version holds from its own day on.
CREATE TABLE publications (
    kind text NOT NULL,
    series text NOT NULL,
    version bigint NOT NULL,
    content text NOT NULL,
    valid_from date NOT NULL,
    published_at timestamptz NOT NULL,
    proposed_by text NOT NULL,
    published_by text NOT NULL,
    reason text NOT NULL,
    PRIMARY KEY (kind, series, version),
    CONSTRAINT published_by_another CHECK (
        proposed_by <> published_by OR proposed_by = 'reference'
    )
);

-- What is being written: one draft of the next version.
CREATE TABLE publication_drafts (
    kind text NOT NULL,
    series text NOT NULL,
    content text NOT NULL,
    saved_at timestamptz NOT NULL,
    saved_by text NOT NULL,
    PRIMARY KEY (kind, series)
);
