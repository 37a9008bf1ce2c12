"""Focal points of bodies: who answers for one, since when and until when, with the letter.

That somebody was named is a fact; the person is stored beside it, encrypted, and deleted
thirty days after the duty. Who answers today is announced to those who write to them. A focal point
reads the own body, and records its list and that the instructions were received.
"""
