"""The status of ministries' systems, in plain words."""
