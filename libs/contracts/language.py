"""Texts in both languages that citizens see."""

from typing import Literal

from pydantic import ConfigDict

from libs.contracts.contract import Contract

Language = Literal["bn", "en"]


class Text(Contract):
    """A text in both languages; Bangla is the language of state (Act II of 1987)."""

    model_config = ConfigDict(frozen=True)

    bn: str
    en: str

    def in_language(self, language: Language) -> str:
        """The text in the language asked for."""
        return self.bn if language == "bn" else self.en

    def missing_in(self) -> Language | None:
        """The first language in which it says nothing; None if it says something in both."""
        said: dict[Language, str] = {"bn": self.bn, "en": self.en}
        return next((language for language, text in said.items() if not text.strip()), None)
