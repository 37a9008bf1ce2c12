"""The platform tried from outside, as citizens and ministries meet it: demo, and what it needs."""
