"""The number of segments by a rule, and the audit that holds it against rules."""

from __future__ import annotations

import math
from typing import Any

import pytest

import rheobase as rb
from tests.model.cells import ball_and_stick


def test_d_lambda_of_some_sections_leaves_the_others() -> None:
    cell, soma, dend = ball_and_stick()
    twig = cell.add_section("twig", L=400, diam=0.5, parent=dend(1))
    cell["dend"].use_d_lambda(0.1, frequency=100)
    # lambda = 1e5 sqrt(d / (4 pi f Ra cm)) is 398.9 um.
    assert (soma.nseg, dend.nseg, twig.nseg) == (1, 11, 1)
    assert cell.undo() == "Use d_lambda"
    twig.use_d_lambda(0.05)
    assert (soma.nseg, dend.nseg, twig.nseg) == (1, 5, 41)


@pytest.mark.parametrize(
    ("L", "d_X", "nseg"), [(100, 100, 1), (100.2, 100, 3), (100, 10, 11), (100, 1e9, 1), (300, 50, 7)]
)
def test_d_X_is_the_rule_of_the_cell_builder(L: float, d_X: float, nseg: int) -> None:
    cell, soma, dend = ball_and_stick()
    dend.L = L
    assert dend.use_d_X(d_X) == dend
    assert (soma.nseg, dend.nseg) == (1, nseg)
    dend.nseg = 1
    cell["all"].use_d_X(d_X)
    assert dend.nseg == nseg
    dend.nseg = 1
    cell.use_d_X(f"{d_X / 1000} mm")  # type: ignore[arg-type]
    assert dend.nseg == nseg


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda cell: cell.use_d_X(0), "d_X = 0 um: must be greater than 0"),
        (lambda cell: cell.use_d_X(-1), "d_X = -1 um: must be greater than 0"),
        (lambda cell: cell.use_d_X("3 mV"), "d_X"),
        (lambda cell: cell.use_d_X(float("nan")), "d_X = nan"),
        (lambda cell: cell.use_d_X(1e-3), "would cut section 'dend' into 400001 segments; a section has at most 32767"),
        (lambda cell: cell.use_d_lambda(0), "d_lambda = 0: must be greater than 0"),
        (lambda cell: cell.use_d_lambda(0.1, -5), "frequency = -5 Hz: must be greater than 0"),
        (lambda cell: cell.use_d_lambda(1e-9), "d_lambda = 1e-09 would cut section"),
        (lambda cell: cell.audit_segments(frequency=0), "frequency = 0 Hz"),
        (lambda cell: cell.audit_segments(d_X=0), "d_X = 0 um"),
    ],
)
def test_what_no_rule_can_be_is_refused(call: Any, said: str) -> None:
    cell, *_ = ball_and_stick()
    before = cell.copy()
    with pytest.raises((ValueError, TypeError), match=said):
        call(cell)
    assert cell == before


def test_numbers_of_segments_follow_a_rule() -> None:
    cell, _, dend = ball_and_stick()
    cell["dend"].set("cm", [1, 2, 3, 4, 5])
    dend.use_d_X(400)
    assert cell.values("cm").tolist() == [1, 3]


def test_the_audit_tells_of_every_section() -> None:
    cell, _, dend = ball_and_stick()
    points = [(0, 0, 0, 2), (100, 0, 0, 1), (300, 0, 0, 0.5)]
    cell.add_section("twig", points=points, nseg=101, parent=dend(1))
    dend.cm = 2
    audit = cell.audit_segments(frequency=100, d_lambda=0.1)
    assert list(audit.index) == ["soma", "dend", "twig"]
    constant = 1e5 * math.sqrt(2 / (4 * math.pi * 100 * 100 * 2))
    assert audit.loc["dend", "length_constant"] == pytest.approx(constant)
    assert audit.loc["dend", "dx"] == 80
    assert audit.loc["dend", "d_lambda"] == pytest.approx(80 / constant)
    assert audit["verdict"].tolist() == ["agrees", "coarser", "finer"]
    cell.use_d_lambda()
    audit = cell.audit_segments()
    assert (audit["nseg"] == audit["needed"]).all()
    assert set(audit["verdict"]) == {"agrees"}
    assert audit["d_lambda"].max() < 0.1001
    assert cell.audit_segments(d_lambda=0.2)["verdict"].tolist() == ["agrees", "finer", "finer"]


def test_both_rules_are_asked_for_at_once() -> None:
    cell, *_ = ball_and_stick()
    cell.use_d_lambda(0.1)
    assert cell.audit_segments(d_X=1000)["verdict"].tolist() == ["agrees", "agrees"]
    assert cell.audit_segments(d_X=7)["needed"].tolist() == [3, 59]
    assert rb.Cell("empty").audit_segments().empty
