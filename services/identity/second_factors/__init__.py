"""Checks the second factors of staff: authenticator apps and passkeys."""
