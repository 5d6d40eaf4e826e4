from __future__ import annotations

import os

import pytest

from tests.fresh_process import in_fresh_process


def _fail() -> None:
    message = "from the other process"
    raise ValueError(message)


def test_each_call_has_a_process_of_its_own() -> None:
    first, second = in_fresh_process(os.getpid), in_fresh_process(os.getpid)
    assert len({first, second, os.getpid()}) == 3


def test_an_error_is_raised_here() -> None:
    with pytest.raises(ValueError, match="from the other process"):
        in_fresh_process(_fail)
