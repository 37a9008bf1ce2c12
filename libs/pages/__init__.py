"""Pages from the server, in Bangla and English, for browsers with and without JavaScript.

A service of pages is a client of the public API and stores nothing. `PageService` makes what its
capabilities need; a capability has routes and templates. A request goes through `visits` (language,
cookies), `posts` (where a form comes from), `gateway` (the API), `rendering` (a template) and
`failures` (the page of a failure).
"""
