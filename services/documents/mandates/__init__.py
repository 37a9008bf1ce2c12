"""Records which mandates, uddoktas and centres are stopped."""
