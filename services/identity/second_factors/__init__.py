"""Sets up, checks and removes the second factors of staff: authenticator apps and passkeys."""
