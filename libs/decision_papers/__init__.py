"""Templates of decision papers: their words, the fields that they take, and where a form has them.

Who grants a paper names a template and its fields; who draws it has the words from here. All are
illustrative: no ministry has given one yet, and each paper says so across the page.
"""
