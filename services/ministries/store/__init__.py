"""All SQL of ministries, one function per statement, a file per concept."""
