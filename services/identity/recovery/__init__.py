"""After a restore, takes up again the accounts that the topics have and the database lost."""
