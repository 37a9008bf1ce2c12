"""Public services of the catalogue: what citizens are told and charged when they are helped."""
