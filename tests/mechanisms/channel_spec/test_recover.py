"""Channels out of mechanisms: built-in ones, loaded ones, and what is no channel."""

import warnings
from typing import Any

import numpy as np
import pytest

import rheobase as rb
from rheobase.mechanisms import mechanism
from tests.mechanisms.channel_spec.channels import potassium, sodium, three_states

MUSCARINIC = """
NEURON { SUFFIX slow USEION k READ ek WRITE ik RANGE gbar }
UNITS { (mV) = (millivolt) (mA) = (milliamp) (S) = (siemens) }
PARAMETER { gbar = 0.002 (S/cm2) }
ASSIGNED { v (mV) ek (mV) ik (mA/cm2) celsius (degC) winf wtau (ms) }
STATE { w z }
INITIAL { rates(v) w = winf z = 1/(1 + exp((v + 60)/7)) }
BREAKPOINT { SOLVE states METHOD cnexp ik = gbar*w^2*z*(v - ek) }
DERIVATIVE states { rates(v) w' = (winf - w)/wtau z' = (1/(1 + exp((v + 60)/7)) - z)/(80*2.5^((22 - celsius)/10)) }
PROCEDURE rates(v (mV)) {
    winf = 1/(1 + exp(-(v + 35)/10))
    wtau = 1000/(3.3*exp((v + 35)/20) + exp(-(v + 35)/20))/2.5^((celsius - 22)/10)
}
"""


@pytest.mark.parametrize(("ion", "make"), [("na", sodium), ("k", potassium)])
def test_the_channels_of_hh_come_out_as_its_formulas(ion: str, make: Any) -> None:
    found = rb.ChannelSpec.from_mechanism("hh", ion=ion)
    assert found.channel.structure[2:] == make().channel.structure[2:]
    assert found.channel.numbers == pytest.approx(
        make().channel.numbers, rel=1e-6
    )  # a .mod file has six digits of a default


def test_a_leak_and_a_spec_come_out_too() -> None:
    leak = rb.ChannelSpec.from_mechanism("hh", current="il")
    assert (leak.gates, leak.gmax, leak.e) == ((), 0.0003, -54.3)
    assert rb.ChannelSpec.from_mechanism(three_states().mechanism) == three_states()


def test_a_loaded_mechanism_becomes_tables_where_no_form_follows() -> None:
    found: Any = rb.ChannelSpec.from_nmodl(MUSCARINIC, name="slow.mod", celsius=22.0)
    assert [(g.name, g.power, g.q10) for g in found.gates] == [("w", 2, 2.5), ("z", 1, 2.5)]
    assert isinstance(found["w"].kinetics.inf, rb.channel.Sigmoid)
    assert isinstance(found["w"].kinetics.tau, rb.channel.Table)
    assert pytest.approx(80, rel=1e-9) == found["z"].kinetics.tau.A
    v = np.linspace(-100, 40, 57)
    ours, theirs = found.rates(v, 30.0), rb.load_mod(text=MUSCARINIC, name="slow.mod").rates(v, 30.0)
    for column in ("winf", "wtau", "zinf", "ztau"):
        np.testing.assert_allclose(ours[column], theirs[column], rtol=2e-3)


def test_the_text_of_a_channel_comes_back_as_the_channel() -> None:
    found = rb.ChannelSpec.from_nmodl(sodium().to_nmodl())
    assert found.channel.structure == sodium().channel.structure
    assert found.channel.numbers == pytest.approx(
        sodium().channel.numbers, rel=1e-6
    )  # a .mod file has six digits of a default


def test_a_ghk_current_is_recognised() -> None:
    found = rb.ChannelSpec.from_mechanism("cal_jaffe")
    assert found.current == "ghk"
    v = np.linspace(-90, 50, 15)
    theirs: Any = mechanism("cal_jaffe")
    np.testing.assert_allclose(found.rates(v)["minf"], theirs.rates(v)["minf"], rtol=1e-6)


def test_a_gate_that_needs_calcium_is_told() -> None:
    with pytest.warns(UserWarning, match="depends on cai"):
        rb.ChannelSpec.from_mechanism("sk_kohler")


@pytest.mark.parametrize(
    ("make", "error", "says"),
    [
        (lambda: rb.ChannelSpec.from_mechanism("hh"), ValueError, "say which by ion= or current="),
        (lambda: rb.ChannelSpec.from_mechanism("hh", ion="ca"), KeyError, "has no such current"),
        (lambda: rb.ChannelSpec.from_mechanism("IClamp"), ValueError, "is no channel"),
        (lambda: rb.ChannelSpec.from_mechanism("hcn_destexhe"), ValueError, "no product of gates"),
        (lambda: rb.ChannelSpec.from_mechanism("nothing"), KeyError, "no mechanism is named"),
    ],
)
def test_what_is_no_channel_is_refused(make: Any, error: type[Exception], says: str) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(error, match=says):
            make()
