"""Issues a paper for each decision that grants one, and ends those withdrawn or replaced."""
