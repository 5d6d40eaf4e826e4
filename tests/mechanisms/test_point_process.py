"""Point processes as values: frozen, equal by content, copied and written back whole."""

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import rheobase as rb
from rheobase.mechanisms import PointProcess, mechanism, names

PROCESSES: list[Any] = [mechanism(name) for name in names("point")]
AMPLITUDE = st.floats(-1e3, 1e3)


def test_values_by_position_and_by_name() -> None:
    assert rb.IClamp(5, 80, amp="300 pA").values() == {"delay": 5.0, "dur": 80.0, "amp": 0.3}
    assert rb.IClamp().values() == {"delay": 0.0, "dur": 0.0, "amp": 0.0}
    assert rb.SEClamp(rs="500 kohm").rs == 0.5


def test_values_are_a_copy() -> None:
    clamp = rb.IClamp(5, 80, 0.3)
    clamp.values()["amp"] = 7
    assert clamp.amp == 0.3


@pytest.mark.parametrize("process", PROCESSES)
def test_the_repr_of_any_process_makes_it_again(process: Any) -> None:
    one = process(**{p.name: p.default + 1 for p in process.parameters})
    namespace = {process.name: process}
    name, _, arguments = repr(one).rstrip(")").partition("(")
    given = {key: float(value) for key, value in (pair.split("=") for pair in arguments.split(", "))}
    assert namespace[name](**given) == one


@pytest.mark.parametrize("process", PROCESSES)
def test_copies_are_equal(process: Any) -> None:
    one = process(**{process.parameters[0].name: 3})
    assert copy.copy(one) == copy.deepcopy(one) == pickle.loads(pickle.dumps(one)) == one  # noqa: S301  our own


@given(AMPLITUDE, AMPLITUDE)
def test_equality_and_hash_go_by_content(one: float, other: float) -> None:
    first, second = rb.IClamp(1, 2, one), rb.IClamp(1, 2, other)
    assert (first == second) == (one == other)
    if first == second:
        assert hash(first) == hash(second)
    assert first.replace(amp=other) == second


def test_processes_of_other_kinds_differ() -> None:
    assert rb.SEClamp() != rb.VClamp()
    assert rb.IClamp() != "IClamp(delay=0.0, dur=0.0, amp=0.0)"
    assert len({rb.IClamp(1, 2, 3), rb.IClamp(1, 2, 3), rb.IClamp(1, 2, 4)}) == 2


def test_a_process_is_frozen() -> None:
    clamp = rb.IClamp(5, 80, 0.3)
    with pytest.raises(AttributeError, match=r"frozen; use .replace\(amp=\.\.\.\)"):
        clamp.amp = 1
    with pytest.raises(AttributeError, match="IClamp has no parameter 'gain'; it has delay, dur, amp"):
        _ = clamp.gain
    assert clamp == rb.IClamp(5, 80, 0.3)


@pytest.mark.parametrize(
    ("make", "error", "words"),
    [
        (lambda: rb.IClamp(1, 2, 3, 4), TypeError, "at most 3 values: delay, dur, amp"),
        (lambda: rb.IClamp(1, delay=2), TypeError, "given delay twice"),
        (lambda: rb.IClamp(amplitude=2), TypeError, "no parameter 'amplitude'; it has delay, dur, amp"),
        (lambda: rb.IClamp(dur=-1), ValueError, "IClamp.dur = -1 ms is outside its limits: at least 0 ms"),
        (lambda: rb.IClamp(amp="3 mV"), ValueError, "another dimension than nA"),
        (lambda: rb.IClamp(delay=float("nan")), ValueError, "IClamp.delay = nan: must be a finite number in ms"),
        (lambda: rb.IClamp().replace(ampl=1), TypeError, "no parameter 'ampl'"),
        (lambda: rb.IClamp().replace(dur=-1), ValueError, "IClamp.dur"),
        (lambda: rb.SEClamp(rs=0), ValueError, r"SEClamp.rs = 0 megohm is outside"),
        (lambda: rb.SEClamp(dur2=-5), ValueError, "SEClamp.dur2"),
        (lambda: rb.VClamp(dur=(1, 2, 3, 4)), ValueError, "three levels: give dur"),
        (lambda: rb.VClamp(amp=5), ValueError, "three levels: give amp as up to three values, not 5"),
        (lambda: rb.VClamp(dur=(5, 6), dur1=3), TypeError, "given dur1 twice"),
        (lambda: rb.VClamp(gain=-1), ValueError, "VClamp.gain"),
        (lambda: rb.AlphaSynapse(tau=0), ValueError, "AlphaSynapse.tau = 0 ms is outside"),
        (lambda: rb.AlphaSynapse(gmax=-1), ValueError, "AlphaSynapse.gmax"),
    ],
)
def test_what_cannot_be_is_refused_in_words(make: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        make()


def test_levels_of_a_clamp_as_lists_or_one_by_one() -> None:
    listed = rb.VClamp(dur=(5, 20), amp=(-65, "10 mV"), gain=1e4)
    assert listed == rb.VClamp(dur1=5, dur2=20, amp1=-65, amp2=10, gain=1e4)
    assert listed.replace(amp2=-80).amp2 == -80


@pytest.mark.parametrize("name", names())
def test_every_mechanism_tells_what_it_has(name: str) -> None:
    definition = mechanism(name)
    assert issubclass(definition, PointProcess) == (definition.kind in ("point", "artificial"))
    for parameter in definition.parameters:
        assert parameter.check(parameter.default) == parameter.default
        assert parameter.doc, parameter.name
        assert definition.parameter(parameter.name) is parameter
        assert definition.unit(parameter.name) == parameter.unit
    for current in definition.current_names:
        assert definition.unit(current) == ("nA" if definition.kind == "point" else "mA/cm2")
    with pytest.raises(KeyError, match=f"{name} has no parameter 'nonsense'; it has "):
        definition.parameter("nonsense")


def test_lists_of_numbers() -> None:
    source = rb.VecStim(times=np.array([3, 1.5]))
    assert source.times == (1.5, 3.0)
    assert source.lists() == {"times": (1.5, 3.0)}
    assert source == rb.VecStim(times=[1.5, 3])
    assert source != rb.VecStim(times=[1.5])
    assert hash(source) == hash(rb.VecStim(times=(1.5, 3)))
    assert pickle.loads(pickle.dumps(source)) == source  # noqa: S301  its own
    assert repr(rb.VecStim(times=range(8))) == "VecStim(times=[0.0, 1.0, 2.0, 3.0, 4.0, 5.0, ... 2 more])"
    for times, said in (
        ([1, np.nan], "no finite number"),
        ([[1]], "an array of shape"),
        ([-1], "before the run begins"),
    ):
        with pytest.raises(ValueError, match=said):
            rb.VecStim(times=times)
    with pytest.raises(TypeError, match="give a list of numbers"):
        rb.VecStim(times=["a"])
    with pytest.raises(TypeError, match="its times by name"):
        rb.VecStim([1, 2])
    with pytest.raises(TypeError, match="has no parameter 'spikes'; it has times"):
        rb.VecStim(spikes=[1])
