"""What a citizen saves to be offered in forms."""
