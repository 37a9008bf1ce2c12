"""The scenarios of a bench."""

from tools.virtual_users.scenarios import Scenario

SCENARIOS = [
    Scenario("S002", "lgd", "জন্ম নিবন্ধন", {"name_bn": "নমুনা"}),
    Scenario("S003", "lgd", "সনদ", {"name_bn": "নমুনা"}),
]
