"""Takes papers of officers into a case: reports, marks, photos.

Whoever has the duty of the step sends the file to documents, with a right that names case, officer
and paper, and hands it in with the receipt. It stays with the case: emptied, sealed and deleted
with it.
"""
