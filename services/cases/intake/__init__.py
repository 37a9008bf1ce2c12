"""Takes submissions in: opens cases, corrects them, and takes them back."""
