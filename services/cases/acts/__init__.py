"""Shows officers a case on one page, assigns it, and does what they choose; every look is noted."""
