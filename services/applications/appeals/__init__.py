"""Takes the objection to a refusal, once and in its time; a higher office decides again."""
