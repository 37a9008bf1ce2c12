"""What a citizen may know of her data, and take with her.

Who fetched her papers, at which sites she logs in with us, and all her data as one file.
"""
