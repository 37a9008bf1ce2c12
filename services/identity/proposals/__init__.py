"""What two people of the programme do: new beginnings of accounts, and a list of all that waits."""
