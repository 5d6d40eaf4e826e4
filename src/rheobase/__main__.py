"""`python -m rheobase`: the same as the command `rheobase`."""

from rheobase.cli import app

app()
