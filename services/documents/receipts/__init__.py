"""Signs receipts, and shows the keys that they are checked with."""
