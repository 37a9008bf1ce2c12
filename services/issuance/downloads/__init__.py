"""Lists a citizen's papers about an application, and draws one when it is asked for."""
