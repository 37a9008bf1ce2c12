"""How ministries' systems do, in plain words."""
