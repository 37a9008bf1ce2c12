"""My applications: list, receipt, one application with its timeline, correct and withdraw."""
