"""The HTTP routes: submitting is written in groups, the rest one by one."""
