"""Dead letters: records and jobs that failed for good, kept until they are replayed or settled.

The tables are made by the migrations of `libs/messaging`, which are never edited afterwards. An
erasure reads them together with the outbox, in one statement (`libs/messaging/delete_records.py`).
"""
