"""Training: courses, sessions with seats, tests, and qualifications that everybody can check.

A test draws its questions from the bank of the course, and another person than the candidate
records it. Who has passed is announced, and also from which day on an audience needs a course:
identity and who reads it refuse from their own copies.
"""
