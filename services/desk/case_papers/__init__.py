"""Pages on which two officers withdraw the paper of a decided case, or have it corrected.

What one proposes waits on the page of the office until another one approves or rejects it. The
letter to the citizen, with the decision, is printed here, too.
"""
