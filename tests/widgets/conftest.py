"""Cells to put under widgets, and a way to wait for their runs."""

import time
from collections.abc import Callable
from typing import TypeVar

import pytest

import rheobase as rb

T = TypeVar("T")
WAIT_S = 120.0


def the(value: T | None) -> T:
    """What must be there by now."""
    assert value is not None
    return value


@pytest.fixture
def cell() -> rb.Cell:
    """A soma of Hodgkin and Huxley's membrane with a passive dendrite."""
    cell = rb.Cell("ball and stick")
    soma = cell.add_section("soma", L=20, diam=20)
    cell.add_section("dend", L=400, diam=2, nseg=5, parent=soma(1))
    cell["soma"].insert("hh")
    cell["dend"].insert("pas", g=1e-4, e=-65)
    return cell


@pytest.fixture
def until() -> Callable[[Callable[[], bool]], None]:
    """Wait until something holds; fail when it never does."""

    def wait(condition: Callable[[], bool]) -> None:
        end = time.monotonic() + WAIT_S
        while not condition():
            assert time.monotonic() < end, "what was waited for never came"
            time.sleep(0.002)

    return wait
