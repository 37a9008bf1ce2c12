"""Questions of ministries and divisions about working with the platform, answered for everybody."""
