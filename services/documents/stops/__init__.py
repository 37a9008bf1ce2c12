"""Records which mandates, uddoktas and centres are stopped, and which applications they sent."""
