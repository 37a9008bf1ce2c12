"""Signs papers with a key for each body and year, and shows the public keys at one address."""
