"""Log in with a one-time code, log out, and keep what was typed while the login had ended."""
