"""Rates at an instant: those of every mechanism are the limit of its steps."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

import jax.numpy as jnp
import numpy as np
import pytest
from jax import Array

import rheobase as rb
from rheobase.kernel.system import Clock
from rheobase.mechanisms import Mechanism, UseIon
from rheobase.mechanisms.registry import names, written
from tests.mechanisms.motion import disagreements

AT_ONCE = {"VClamp"}  # parts of it follow at once where they have no time constant


@pytest.mark.parametrize("name", sorted({*names()} - AT_ONCE))
def test_rates_are_the_limit_of_steps(name: str) -> None:
    mechanism = written(name)
    assert mechanism.continuous
    if name != "APCount":
        assert disagreements(mechanism) == {}


def test_a_clamp_moves_by_its_time_constants_and_else_at_once() -> None:
    clamp = written("VClamp")
    assert disagreements(clamp, gain=100, tau1=0.1, tau2=0.2, dur1=10, amp1=-20) == {}
    v, instant = jnp.asarray(-60.0), Clock(jnp.asarray(1.0), jnp.asarray(0.0))
    values = {q.name: q.default for q in clamp.parameters} | {
        "dur1": 10,
        "amp1": -20,
        "gain": 100,
        "tau1": 0,
        "tau2": 0,
    }
    p, s = SimpleNamespace(**values), SimpleNamespace(lag=jnp.asarray(7.0), output=jnp.asarray(3.0))
    told = clamp.implied(v, s, p, None, instant)
    # e = (v - vc) / 2 and vo = -gain e, whatever the states hold.
    assert (float(told["e"]), float(told["vo"])) == (-20, 2000)
    assert float(clamp.currents(v, s, p, None, instant)["i"]) == 2060
    assert [float(x) for x in clamp.derivative(v, s, p, None, instant).values()] == [0, 0]


def test_a_count_of_spikes_is_noted_once_a_step() -> None:
    counter = written("APCount")
    s = SimpleNamespace(n=jnp.asarray(2.0), time=jnp.asarray(0.0), firing=jnp.asarray(0.0))
    noted = counter.after_step(
        jnp.asarray(5.0), s, SimpleNamespace(thresh=-20), None, Clock(jnp.asarray(7.0), jnp.asarray(0.3))
    )
    assert {name: float(x) for name, x in noted.items()} == {"n": 3, "time": 7, "firing": 1}
    assert not counter.derivative(s.n, s, None, None, None)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("process", "breaks"),
    [
        (rb.IClamp(delay=2, dur=5, amp=1), [2, 7]),
        (rb.SEClamp(dur1=2, dur2=3, dur3=4), [2, 5, 9]),
        (rb.VClamp(dur=(2, 3, 4)), [2, 5, 9]),
        (rb.AlphaSynapse(onset=3, tau=2), [3, 23]),
        (rb.ExpSyn(), []),
    ],
    ids=lambda x: type(x).__name__,
)
def test_stimuli_say_when_they_jump(process: rb.mechanisms.PointProcess, breaks: list[float]) -> None:
    assert [float(x) for x in process.breaks(SimpleNamespace(**process.values()))] == breaks


class Pool(Mechanism):
    """A pool that says its rates alone, and a concentration that follows from a state."""

    name = "pool of the test"
    states = ("deep",)
    ions = (UseIon("ca", reads=("inside",), writes=("inside",)), UseIon("k", reads=(), writes=("inside",)))

    @staticmethod
    def derivative(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"ca.inside": -ions.ca.inside / 5, "deep": (1 - s.deep) / 2}

    @staticmethod
    def implied(v: Array, s: Any, p: Any, ions: Any, clock: Clock) -> Mapping[str, Array]:
        return {"k.inside": 10 * s.deep}


def test_a_step_of_rates_moves_ions_too() -> None:
    ions = SimpleNamespace(ca=SimpleNamespace(inside=jnp.asarray(3.0)), k=SimpleNamespace(inside=jnp.asarray(0.0)))
    clock = Clock(jnp.asarray(0.0), jnp.asarray(1.0))
    told = Pool.advance(jnp.asarray(0.0), SimpleNamespace(deep=jnp.asarray(0.0)), None, ions, clock)
    deep = 1 - np.exp(-0.5)
    assert told == pytest.approx({"ca.inside": 3 * np.exp(-0.2), "deep": deep, "k.inside": 10 * deep})


def test_a_rate_of_nothing_is_refused() -> None:
    class Misspelt(Pool):
        states = ("deeper",)

    s = SimpleNamespace(deep=jnp.asarray(0.0), deeper=jnp.asarray(0.0))
    ions = SimpleNamespace(ca=SimpleNamespace(inside=jnp.asarray(3.0)))
    with pytest.raises(KeyError, match="gives a rate of 'deep'; its states are deeper"):
        Misspelt.advance(jnp.asarray(0.0), s, None, ions, Clock(jnp.asarray(0.0), jnp.asarray(1.0)))
