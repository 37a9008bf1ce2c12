"""A citizen's helpers: who helped, with what, at which price; stop one, complain about one."""
