"""The programme: what each body was asked for, and what it has done."""
