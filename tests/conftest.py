"""What all tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from rheobase.mechanisms import registry

# A slow machine fails no test, and neither does chance.
settings.register_profile("rheobase", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("rheobase")


@pytest.fixture(autouse=True)
def known_mechanisms() -> Iterator[None]:
    """What a test loads is known to no other test."""
    before = dict(registry._loaded)
    yield
    registry._loaded.clear()
    registry._loaded.update(before)
