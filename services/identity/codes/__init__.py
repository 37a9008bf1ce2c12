"""Issues one-time codes within limits, and exchanges them for sessions."""
