"""Tokens of forms."""

from libs.pages.form_tokens import FormTokens

TOKENS = FormTokens(bytes(32))


def test_form_tokens_differ_each_time_and_belong_to_one_browser() -> None:
    """A token that changes with each page tells nothing to who watches compressed sizes."""
    tokens = {TOKENS.make("seed", "") for _ in range(10)}
    assert len(tokens) == 10
    assert all(TOKENS.is_valid(token, "seed") for token in tokens)
    assert not any(TOKENS.is_valid(token, "other") for token in tokens)
    assert not any(TOKENS.is_valid(token, "seed") for token in ("", "x", "ৎ" * 59))
    assert not any(FormTokens(bytes(31) + b"x").is_valid(token, "seed") for token in tokens)


def test_a_form_tells_whom_it_was_shown_to() -> None:
    """A form from before a login is for whoever logs in; another person's is for nobody else."""
    assert TOKENS.was_shown_to(TOKENS.make("seed", "a"), "a")
    assert TOKENS.was_shown_to(TOKENS.make("seed", ""), "a")
    assert not TOKENS.was_shown_to(TOKENS.make("seed", "a"), "b")
    assert not TOKENS.was_shown_to(TOKENS.make("seed", "a"), "")
    assert not TOKENS.was_shown_to("", "a")
