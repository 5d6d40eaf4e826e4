"""A few of the broken texts that `python -m tests.morphology.fuzz` makes by the thousand, and some that are huge."""

import numpy as np
import pytest

from tests.morphology.fuzz import broken, outcome, whole


def test_broken_texts_end_in_a_cell_or_in_an_error_with_a_line() -> None:
    ends = {outcome(text) for text in broken(200, seed=20261122)}
    assert ends == {"refused", "read", "read with problems", "read with errors to decide on"}


def test_whole_texts_are_read() -> None:
    random = np.random.default_rng(4)
    assert {outcome(whole(random, [])) for _ in range(40)} <= {"read", "read with problems"}


N = 200_000  # of something small


@pytest.mark.parametrize(
    "text",
    [
        "(" * N,
        "((" + "(1 2 3 4)" * N,
        "((Axon)(1 2 3 1)" + "(|" * N,
        "((Axon)(1 2 3 1)" + "((4 5 6 1)" * 20_000 + ")" * 20_000 + ")",
        "(a " * N,
        '("CellBody"' + "<" * N,
        '"' * N + "\n(",
        "<neuroml>" + "<a>" * N,
        "<neuroml>" + "<a/>" * N + "</neuroml>",
        "<!DOCTYPE a [" + "<!ELEMENT a ANY>" * 10_000 + "]><a/>",
        "<neuroml a='" + "&#65;" * N + "'/>",
        "1 1 0 0 0 5 -1" + " 9" * N + "\n",
        "1 1 0 0 0 5 -1\n" + "9" * (3 * N) + " 1 0 0 0 5 1\n",
        "1 1 0 0 0 5 -1\n" + "2 1 0 0 0 5 1\n" * 10_000,
        "\n" * (3 * N),
        "1 MTO 3 0 0 0 1\n" + "2 BP 3 1 1 1 1\n" * 10_000,
        "1 SOS 3 0 0 0 1\n" + "2 SCP 3 1 1 1 1\n" * 10_000,
    ],
    ids=lambda text: text[:24],
)
def test_huge_texts_end_soon(text: str) -> None:
    assert outcome(text)
