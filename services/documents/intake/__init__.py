"""Makes papers of the files of a form, or of complete uploads."""
