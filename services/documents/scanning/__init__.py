"""Has files scanned by a ClamAV daemon, if one is configured."""
