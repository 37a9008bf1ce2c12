"""What public services are: versions of two people, drafts, and what one person stopped.

The reference is the first version. From its day on a published version replaces its values.
"""
