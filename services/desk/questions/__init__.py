"""Pages of questions to the programme: who asks sees the answers, and the programme's staff answer.

What is late stands on a list of its own, which those who lead see, too. An answer becomes public by
a person's act.
"""
