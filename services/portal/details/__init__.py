"""The page of the details that a citizen keeps to be offered in forms."""
