import numpy as np
import pytest
from numpy.typing import ArrayLike

from rheobase.mechanisms import nernst
from rheobase.mechanisms.channel_spec import (
    AlphaBeta,
    Channel,
    Constant,
    Exponential,
    Formula,
    Gate,
    Scheme,
    State,
    Transition,
)
from rheobase.mechanisms.channel_spec.curves import (
    Bath,
    alpha_beta,
    clamp,
    driving,
    generator,
    inf_tau,
    relaxation_times,
    steady_current,
    steady_states,
)

V = np.linspace(-100, 60, 33)
PAIR = AlphaBeta(alpha=Exponential(A=0.5, k=0.04, d=-40), beta=Exponential(A=0.5, k=-0.04, d=-40))
GATE = Gate("n", kinetics=PAIR, q10=3)
STATES = (State(name="C"), State(name="O", conductance=1))
SCHEME = Gate("s", kinetics=Scheme(states=STATES, transitions=(Transition(source="C", target="O", rates=PAIR),)), q10=3)
PHASES: list[tuple[float, ArrayLike]] = [(2.0, -80.0), (10.0, np.array([-40.0, 0.0, 40.0])), (5.0, -60.0)]


def channel(*gates: Gate, **fields: object) -> Channel:
    return Channel(**{"name": "k", "ion": "k", "gmax": 0.01, "gates": gates, **fields})  # type: ignore[arg-type]


def test_a_gate_relaxes_exponentially_from_where_it_was() -> None:
    bath = Bath(16.3)
    response = clamp(channel(GATE), PHASES, bath)
    (start, *_), _ = inf_tau(GATE, [-80.0], bath)
    inf, tau = inf_tau(GATE, PHASES[1][1], bath)
    during = (response.t >= 2) & (response.t < 12)
    expected = inf[:, None] + (start - inf[:, None]) * np.exp(-(response.t[during] - 2) / tau[:, None])
    assert response.open[:, during] == pytest.approx(expected)
    assert response.current == pytest.approx(0.01 * response.open * (response.v + 77))


def test_two_states_are_a_gate() -> None:
    bath = Bath(16.3)
    one, other = clamp(channel(GATE), PHASES, bath), clamp(channel(SCHEME), PHASES, bath)
    assert other.open == pytest.approx(one.open, abs=1e-10)
    assert steady_states(SCHEME, V, bath)[:, 1] == pytest.approx(inf_tau(GATE, V, bath)[0])
    assert relaxation_times(SCHEME, V, bath)[:, 0] == pytest.approx(inf_tau(GATE, V, bath)[1])
    assert generator(SCHEME, V, bath).sum(axis=1) == pytest.approx(0)


def test_warmth_makes_rates_faster() -> None:
    cold, warm = (alpha_beta(GATE, V, Bath(celsius))["n"][0] for celsius in (6.3, 16.3))
    assert warm == pytest.approx(3 * cold)


def test_ohmic_and_ghk_currents_are_nothing_where_nothing_drives() -> None:
    assert driving(channel(), -77.0, Bath()) == pytest.approx(0)
    assert driving(channel(), -60.0, Bath(reversal=-60.0)) == pytest.approx(0)
    bath = Bath(concentrations={"k.inside": 100.0, "k.outside": 5.0})
    at = nernst(100, 5, 1, 6.3)
    assert driving(channel(current="ghk"), at, bath) == pytest.approx(0, abs=1e-9)
    assert steady_current(channel(GATE, current="ghk"), [at + 10], bath)[0] > 0


def test_a_point_process_has_a_million_times_the_flux() -> None:
    density, point = (driving(channel(current="ghk", kind=kind), V, Bath()) for kind in ("density", "point"))
    assert point == pytest.approx(1e6 * density)


def test_a_rate_that_cannot_be_is_told_with_its_voltage() -> None:
    negative = Gate("n", kinetics=AlphaBeta(alpha=Formula(text="v / 10"), beta=Constant(A=1)))
    with pytest.raises(ValueError, match="alpha of n is -10, which is negative, at -100 mV"):
        alpha_beta(negative, V, Bath())
    endless = Gate("n", kinetics=AlphaBeta(alpha=Formula(text="exp(v * v)"), beta=Constant(A=1)))
    with pytest.raises(ValueError, match="is no number at -100 mV"):
        inf_tau(endless, V, Bath())


def test_a_scheme_that_falls_apart_is_told() -> None:
    apart = Gate("s", kinetics=Scheme(states=(*STATES, State(name="I")), transitions=SCHEME.scheme.transitions))
    with pytest.raises(ValueError, match="from C to I: connect them"):
        steady_states(apart, V, Bath())


def test_a_ligand_counts_by_its_concentration() -> None:
    bound = Gate("n", kinetics=PAIR.replace(ligand="ca.inside", coefficient=2))
    few, many = (alpha_beta(bound, V, Bath(concentrations={"ca.inside": c}))["n"][0] for c in (1e-3, 2e-3))
    assert many == pytest.approx(4 * few)
