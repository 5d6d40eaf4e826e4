"""What the tests of simulations share."""

import pytest

from rheobase.mechanisms import registry
from tests.simulate.mechanisms import SMALL


@pytest.fixture
def small_mechanisms(monkeypatch: pytest.MonkeyPatch) -> None:
    """The mechanisms of `tests.simulate.mechanisms`, known by their names."""
    for definition in SMALL:
        monkeypatch.setitem(registry._written, definition.name, definition)
