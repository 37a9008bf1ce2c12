"""Lets two officers withdraw the paper of a decided case, or have a corrected one issued.

One proposes and says why, another one approves; one of the two has the duty that decided.
"""
