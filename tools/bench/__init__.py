"""The bench: how much one machine carries from the click to the SMS, and what that costs."""
