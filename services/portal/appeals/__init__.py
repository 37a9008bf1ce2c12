"""The page on which a citizen objects to the refusal of her application, with papers."""
