"""Shows everybody how far the bodies are; it counts applications of the last published week."""
