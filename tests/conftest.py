"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# A slow machine fails no test, and neither does chance.
settings.register_profile("rheobase", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("rheobase")
