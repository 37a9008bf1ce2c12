"""Who helped me, with what, and what it cost; stop, complain."""
