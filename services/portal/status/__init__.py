"""The page with the status of each ministry's connection, in plain words."""
