"""The command that simulates an attack on one-time codes; it needs no database."""

import json
from typing import Annotated

import typer

from services.identity.codes.policy import code_policy
from services.identity.codes.simulation import Outcome, simulate
from services.identity.settings import Settings


def add_commands(app: typer.Typer) -> None:
    """Add the command to an app."""
    app.command()(simulate_guessing)


def simulate_guessing(
    addresses: Annotated[int, typer.Option(help="Addresses of the attacker", min=1)] = 50,
    phones: Annotated[int, typer.Option(help="Phones that are attacked", min=1)] = 10_000,
    days: Annotated[int, typer.Option(help="Length of the attack", min=1)] = 1,
    per_network: Annotated[
        int, typer.Option(help="Addresses in one network: an IPv4 /24 or an IPv6 /48", min=1)
    ] = 1,
    *,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object")] = False,
) -> None:
    """Simulate an attacker who guesses log-in codes, under the settings of this environment.

    Prints the expected share of accounts guessed in a day, the SMS that were paid for, and what is
    left of the budget for others.
    """
    outcome = simulate(
        code_policy(Settings()),
        addresses=addresses,
        phones=phones,
        days=days,
        per_network=per_network,
    )
    if as_json:
        typer.echo(json.dumps(_as_json(outcome)))
        return
    guesses = ", ".join(
        f"{count:,} of {digits} digits" for digits, count in sorted(outcome.guesses.items())
    )
    one_in = f"1 in {1 / outcome.share_guessed:,.0f}" if outcome.share_guessed else "none"
    typer.echo(f"guesses: {guesses or 'none'}")
    typer.echo(f"accounts guessed in a day, expected: {outcome.accounts_guessed:.6f}")
    typer.echo(f"share of accounts guessed in a day: {one_in} ({outcome.share_guessed:.1e})")
    typer.echo(f"SMS paid for: {outcome.sent:,}")
    typer.echo(f"codes left for others on new devices: {outcome.left:,}")


def _as_json(outcome: Outcome) -> dict[str, object]:
    return {
        "phones": outcome.phones,
        "days": outcome.days,
        "sms_paid_for": outcome.sent,
        "codes_left_for_others": outcome.left,
        "guesses": dict(outcome.guesses),
        "accounts_guessed_in_a_day": outcome.accounts_guessed,
        "share_guessed_in_a_day": outcome.share_guessed,
        "refused": dict(outcome.refused),
    }
