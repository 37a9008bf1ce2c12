"""Issues a paper for each decision that grants one."""
