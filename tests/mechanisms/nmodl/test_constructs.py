"""Every construct of the guide's list does what the list says."""

import warnings
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.mechanisms.nmodl.constructs import PAGE, REFUSED, RUNS, Construct, page, refusal


@pytest.mark.parametrize("construct", RUNS, ids=lambda c: c.words)
def test_what_runs_runs(construct: Construct) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        definition: Any = rb.load_mod(text=construct.file, name="shown")
    if construct.words == "FUNCTION_TABLE":
        definition = rb.function_table(definition, "f", [-100.0, 100.0], [0.0, 1.0])
    cell = rb.Cell()
    soma = cell.add_section("soma", L=20, diam=20)
    soma.insert("pas")
    subject = "soma.shown"
    if definition.kind == "density":
        soma.insert(definition)
    else:
        placed = cell.place(definition(), soma(0.5) if definition.kind == "point" else None, name="subject")
        subject = "subject"
        if definition.receives:
            rb.connect(rb.NetStim(start=0.5, number=2, interval=1), placed, weight=1e-3, delay=0.5)
    for pointer in definition.pointers:
        cell.bind(f"{subject}.{pointer}", soma(0.5).v)
    v = rb.run(cell, tstop=5, record=[soma(0.5).v])[soma(0.5).v]
    assert np.isfinite(v).all()
    assert np.abs(v).max() < 200


@pytest.mark.parametrize("construct", REFUSED, ids=lambda c: c.words)
def test_what_is_refused_is_refused_with_its_place(construct: Construct) -> None:
    error = refusal(construct)
    assert error is not None
    assert error.line >= 1
    assert error.message


def test_the_guide_lists_them() -> None:
    assert PAGE.read_text("utf-8") == page(), "run python -m tests.mechanisms.nmodl.constructs"
