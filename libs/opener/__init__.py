"""The opener: a process of its own that opens files of strangers for one service.

`server` runs beside the service as another user, without network, environment and mounts but its
own folder. `client` sends it a file over a Unix socket, and gets back what a confined child of the
opener made of it (`libs.limited_process`). `messages` is what the two send each other.
"""
