"""How far bodies are, for everybody; numbers of applications are those of the published week."""
