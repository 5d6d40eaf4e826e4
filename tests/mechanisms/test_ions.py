"""Nernst potentials and the ions there are."""

import pytest
from hypothesis import given, strategies as st

from rheobase.mechanisms import ION_DEFAULTS, nernst

CONCENTRATION = st.floats(1e-6, 1e4)


def test_a_tenfold_gradient_at_body_temperature() -> None:
    # RT/F ln 10 at 37 degC is 61.54 mV (any textbook); halved for a divalent ion, negated for an anion.
    assert nernst(1, 10, 1, 37) == pytest.approx(61.54, abs=0.005)
    assert nernst(1, 10, 2, 37) == pytest.approx(30.77, abs=0.005)
    assert nernst(1, 10, -1, 37) == pytest.approx(-61.54, abs=0.005)


@given(CONCENTRATION, CONCENTRATION, st.floats(-20, 50))
def test_exchanging_the_sides_changes_the_sign(inside: float, outside: float, celsius: float) -> None:
    assert nernst(inside, outside, 2, celsius) == pytest.approx(-nernst(outside, inside, 2, celsius), abs=1e-9)


@pytest.mark.parametrize(("inside", "outside"), [(0, 2), (2, 0), (-1, 2), (1, float("nan"))])
def test_concentrations_must_be_positive(inside: float, outside: float) -> None:
    with pytest.raises(ValueError, match=r"positive concentrations; inside is .* mM, outside .* mM"):
        nernst(inside, outside, 1, 6.3)


def test_defaults_are_neurons() -> None:
    assert {name: (ion.valence, ion.inside, ion.outside) for name, ion in ION_DEFAULTS.items()} == {
        "na": (1, 10, 140),
        "k": (1, 54.4, 2.5),
        "ca": (2, 5e-5, 2),
    }
    assert ION_DEFAULTS["na"].reversal == 50
    assert ION_DEFAULTS["k"].reversal == -77
    calcium = ION_DEFAULTS["ca"]
    # NEURON keeps the reversal potential of calcium at its concentrations and some temperature near 6.3 degC.
    assert calcium.reversal == pytest.approx(nernst(calcium.inside, calcium.outside, 2, 6.3), rel=0.05)
