"""All SQL of applications, one function per statement, a file per concept."""
