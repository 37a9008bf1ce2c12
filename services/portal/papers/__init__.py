"""The page on which a form's paper is given, as a file or from the locker; my papers.

Drawings show how a photo of a paper has to look (decision 26).
"""
