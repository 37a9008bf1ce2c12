"""Old name of `libs.dead_letters.rules.JournalNote`; to be deleted when nothing imports it."""

from libs.dead_letters.rules import JournalNote

By = JournalNote
