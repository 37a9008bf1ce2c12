"""After a restore, takes up again the applications that the topics have and the database lost."""
