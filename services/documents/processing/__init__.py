"""Opens uploaded files; each paper is opened in a process of its own, with limits."""
