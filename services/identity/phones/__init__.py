"""Changes the numbers of accounts, and gives accounts back that were set aside."""
