"""The form of any public service, made from its JSON Schema: questions, controls, answers."""
