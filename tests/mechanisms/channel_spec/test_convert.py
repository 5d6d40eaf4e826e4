"""Rates written in another form."""

from typing import Any

import numpy as np
import pytest

import rheobase as rb
from tests.mechanisms.channel_spec.channels import channel, sodium, three_states

V = np.linspace(-110, 70, 91)


@pytest.mark.parametrize("gate", ["m", "h"])
def test_alpha_and_beta_become_inf_and_tau_and_come_back(gate: str) -> None:
    spec = sodium()
    before = spec.rates(V)
    spec.convert(gate, "inf_tau")
    assert isinstance(spec[gate].kinetics, channel.InfTau)
    between = spec.rates(V)
    spec.convert(gate, "alpha_beta")
    after = spec.rates(V)
    for found in (between, after):
        np.testing.assert_allclose(found[f"{gate}inf"], before[f"{gate}inf"], atol=0.02)
        np.testing.assert_allclose(found[f"{gate}tau"], before[f"{gate}tau"], rtol=0.05, atol=0.02)
    spec.undo()
    spec.undo()
    assert spec == sodium()


def test_a_particle_is_found_again() -> None:
    particle: Any = channel.BorgGraham(K=0.3, vhalf=-35, z=3, gamma=0.3, tau0=0.4)
    spec = rb.ChannelSpec("x", gates=[channel.Gate("m", kinetics=particle, reference=20)])
    spec.convert("m", "alpha_beta")
    spec.convert("m", "borg_graham")
    found = spec["m"].kinetics
    assert found.coefficients == pytest.approx(particle.coefficients, rel=0.05)


def test_a_transition_is_converted_and_a_ligand_kept() -> None:
    spec = three_states()
    rates = spec["s"].pairs["C_O"].replace(ligand="ca.inside", coefficient=2)
    spec.set_kinetics("s", rates, transition="C_O")
    spec.convert("s", "inf_tau", transition="C_O")
    found: Any = spec["s"].pairs["C_O"]
    assert (type(found).__name__, found.ligand, found.coefficient) == ("InfTau", "ca.inside", 2)


def test_what_cannot_be_converted_is_refused() -> None:
    with pytest.raises(ValueError, match="no form 'cubic'"):
        sodium().convert("m", "cubic")
    with pytest.raises(KeyError, match="has no rates 'O_X'"):
        three_states().convert("s", "inf_tau", transition="O_X")
