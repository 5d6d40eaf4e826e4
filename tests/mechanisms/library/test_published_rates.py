"""Steady states and time constants of every channel against its paper's formulas, written in hyperbolic functions."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from numpy import cosh, exp, tanh

from rheobase.mechanisms import mechanism
from tests.mechanisms.library.clamped import CHANNELS, initial, ions, prepared

VOLTAGES = (-93.7, -71.2, -61.3, -38.9, -12.1, 21.7)
CALCIUM = 3.1e-4
Pair = tuple[float, float]


def step(v: float, half: float, slope: float) -> float:
    return 0.5 * (1 + tanh((v - half) / (2 * slope)))


def vtrap(x: float, y: float) -> float:
    """`x / (exp(x / y) - 1)`."""
    return 0.5 * x * (1 / tanh(x / (2 * y)) - 1)


def ab(alpha: float, beta: float) -> Pair:
    return alpha / (alpha + beta), 1 / (alpha + beta)


def bell(v: float, left: float, width: float, right: float, breadth: float) -> float:
    """`1 / (exp(-(v + left) / width) + exp((v + right) / breadth))`, as one cosh of the mean of both exponents."""
    a, b = -(v + left) / width, (v + right) / breadth
    return exp(-(a + b) / 2) / (2 * cosh((a - b) / 2))


def traub(v: float, vt: float) -> dict[str, Pair]:
    x = v - vt
    return {
        "m": ab(0.32 * vtrap(13 - x, 4), 0.28 * vtrap(x - 40, 5)),
        "h": ab(0.128 * exp((17 - x) / 18), 4 * step(x, 40, 5)),
    }


def mainen(v: float) -> dict[str, Pair]:
    x = v - 5
    m = ab(0.182 * vtrap(-x - 35, 9), 0.124 * vtrap(x + 35, 9))
    return {"m": m, "h": (step(x, -65, -6.2), 1 / (0.024 * vtrap(-x - 50, 5) + 0.0091 * vtrap(x + 75, 5)))}


def nap(v: float) -> dict[str, Pair]:
    h_rates = (-2.88e-6 * v - 4.896e-5) / (1 - exp((v + 17) / 4.63))
    h_rates += (6.94e-6 * v + 4.46936e-4) / (1 - exp(-(v + 64.4) / 2.63))
    return {
        "m": (step(v, -52.6, 4.6), 6 / (0.182 * (v + 38) / (1 - exp(-(v + 38) / 6)) + 0.124 * vtrap(v + 38, 6))),
        "h": (step(v, -48.8, -10), 1 / h_rates),
    }


def a_type(v: float, half: float, slope: float, edge: float, slow: float) -> dict[str, Pair]:
    h_tau = bell(v, 238.4, 37.45, 46.05, 5) if v < edge else slow
    return {"m": (step(v, half, slope), bell(v, 79.69, 12.7, 35.82, 19.69) + 0.37), "h": (step(v, -78, -6), h_tau)}


def k2(v: float, slow: float | None = None) -> dict[str, Pair]:
    faster = bell(v, 129.7, 7.143, -1329, 200) + 120
    h_tau = slow if slow and v >= -70 else faster
    m = (step(v, -43, 17) ** 4, bell(v, 132, 17.953, -80.98, 25.64) + 9.9)
    return {"m": m, "h": (step(v, -58, -10.6), h_tau)}


def relay_t(v: float) -> dict[str, Pair]:
    h_tau = exp((v + 467) / 66.6) if v < -80 else exp(-(v + 21.88) / 10.52) + 28
    return {"m": (step(v, -57, 6.2), bell(v, 131.6, 16.7, 16.8, 18.2) + 0.612), "h": (step(v, -81, -4.03), h_tau)}


def bk(v: float, celsius: float = 30.0) -> dict[str, Pair]:
    w = 96485.3321233 * v * 1e-3 / (8.31446261815 * (celsius + 273.15))
    opening = 0.28 / (1 + 0.48e-3 / CALCIUM * exp(-1.68 * w))
    return {"o": ab(opening, 0.48 * 0.13e-6 / (0.13e-6 + CALCIUM * exp(2 * w)))}


PUBLISHED: dict[str, Callable[[float], dict[str, Pair]]] = {
    "na_hh": lambda v: {
        "m": ab(0.1 * vtrap(-v - 40, 10), 4 * exp(-(v + 65) / 18)),
        "h": ab(0.07 * exp(-(v + 65) / 20), step(v, -35, 10)),
    },
    "na_traub": lambda v: traub(v, -63),
    "na_bazhenov": lambda v: traub(v, -50),
    "na_mainen": mainen,
    "nap_magistretti": nap,
    "kdr_hh": lambda v: {"n": ab(0.01 * vtrap(-v - 55, 10), exp(-(v + 65) / 80) / 8)},
    "kdr_traub": lambda v: {"n": ab(0.032 * vtrap(-48 - v, 5), 0.5 * exp(-(v + 53) / 40))},
    "kdr_bazhenov": lambda v: {"n": ab(0.032 * vtrap(-35 - v, 5), 0.5 * exp(-(v + 40) / 40))},
    "kdr_mainen": lambda v: {"n": ab(0.02 * vtrap(25 - v, 9), 0.002 * vtrap(v - 25, 9))},
    "ka1_huguenard": lambda v: a_type(v, -60, 8.5, -63, 19),
    "ka2_huguenard": lambda v: a_type(v, -36, 20, -73, 60),
    "km_yamada": lambda v: {"m": (step(v, -35, 10), 1000 / (3.3 * exp((v + 35) / 20) + exp(-(v + 35) / 20)))},
    "k2a_huguenard": k2,
    "k2b_huguenard": lambda v: k2(v, 8930),
    "kir_dangelo": lambda v: {"d": ab(0.13289 * exp((v + 83.94) / -24.3902), 0.16994 * exp((v + 83.94) / 35.714))},
    "ahp_destexhe": lambda _: {"m": ab(48 * CALCIUM * CALCIUM, 0.03)},
    "sk_kohler": lambda _: {"z": (1 / (1 + (0.00043 / CALCIUM) ** 4.8), 1.0)},
    "bk_moczydlowski": bk,
    "cat_huguenard": relay_t,
    "catht_li": lambda v: relay_t(v - 25),
    "cats_huguenard": lambda v: {
        "m": (step(v, -52, 7.4), bell(v, 102, 15, 27, 10) + 3),
        "h": (step(v, -80, -5), bell(v, 407, 50, 48, 4) + 85),
    },
    "cahva_reuveni": lambda v: {
        "m": ab(0.055 * vtrap(-27 - v, 3.8), 0.94 * exp((-75 - v) / 17)),
        "h": ab(0.000457 * exp((-13 - v) / 50), 0.0065 / (exp((-v - 15) / 28) + 1)),
    },
    "cal_mccormick": lambda v: {"m": ab(1.6 / (1 + exp(-0.072 * (v + 5))), 0.02 * vtrap(v - 1.31, 5.36))},
    "cal_inoue": lambda v: {
        "m": (step(v, -10, 4), 0.4 + 0.7 / (exp(-(v + 5) / 15) + exp((v + 5) / 15))),
        "h": (step(v, -25, -2), 300 + 100 / (exp((v + 40) / 9.5) + exp(-(v + 40) / 9.5))),
    },
    "cal_jaffe": lambda v: {"m": ab(15.69 * vtrap(81.5 - v, 10), 0.29 * exp(-v / 10.86))},
    "can_jaffe": lambda v: {
        "m": ab(0.1967 * vtrap(19.88 - v, 10), 0.046 * exp(-v / 20.73)),
        "h": ab(1.6e-4 * exp(-v / 48.4), 1 / (exp((39 - v) / 10) + 1)),
    },
    "cap_deschutter": lambda v: {
        "m": ab(8.5 / (1 + exp((v - 8) / -12.5)), 35 / (1 + exp((v + 74) / 14.5))),
        "h": ab(0.0015 / (1 + exp((v + 29) / 8)), 0.0055 / (1 + exp((v + 23) / -8))),
    },
    "capq_anwar": lambda v: {
        "m": (
            step(v, -29.458, 8.429),
            0.2702 + 1.1622 * exp(-(((v + 26.798) / 12.81366) ** 2)) if v >= -40 else 0.6923 * exp(v / 1089.372),
        )
    },
    "car_poirazi": lambda v: {"m": (step(v, -48.5, 3), 50.0), "h": (step(v, -53, -1), 5.0)},
    "hcn_huguenard": lambda v: {"m": (step(v, -75, -5.5), 1 / (exp(-14.59 - 0.086 * v) + exp(-1.87 + 0.0701 * v)))},
    "hcn_kole": lambda v: {"m": ab(0.001 * 6.43 * vtrap(v + 154.9, 11.9), 0.001 * 193 * exp(v / 33.1))},
    "hcn_destexhe": lambda v: {"h": (step(v, -75, -5.5), bell(v, 89, 11.6, 71.5, 14.2) * 1000 + 20)},
    "ican_inoue": lambda v: {"m": (step(v, -43, 5.2), 2.7 / (exp(-(v + 55) / 15) + exp((v + 55) / 15)) + 1.6)},
}

TEMPERATURES = {  # factor for 10 degC, and the temperature at which it is 1
    **{key: {"": (3, 6.3)} for key in ["na_hh", "kdr_hh"]},
    **{key: {"": (3, 36)} for key in ["na_traub", "kdr_traub", "na_bazhenov", "kdr_bazhenov"]},
    **{key: {"": (2.3, 23)} for key in ["na_mainen", "kdr_mainen", "cahva_reuveni"]},
    **{key: {"": (3, 23.5)} for key in ["ka1_huguenard", "ka2_huguenard", "k2a_huguenard", "k2b_huguenard"]},
    **{key: {"m": (3.55, 24), "h": (3, 24)} for key in ["cat_huguenard", "catht_li"]},
    "cats_huguenard": {"m": (5, 24), "h": (3, 24)},
    "nap_magistretti": {"": (2.3, 21)},
    "km_yamada": {"": (2.3, 36)},
    "kir_dangelo": {"": (3, 20)},
    "cal_mccormick": {"": (3, 21)},
    "cap_deschutter": {"": (3, 37)},
    "capq_anwar": {"": (3, 23)},
    "hcn_destexhe": {"": (3, 36)},
}


def channel_of(name: str) -> Any:
    return mechanism(name)


def test_every_channel_has_its_formulas_here() -> None:
    assert set(PUBLISHED) == set(CHANNELS)


@pytest.mark.parametrize("v", VOLTAGES)
@pytest.mark.parametrize("name", PUBLISHED)
def test_steady_states_and_time_constants_are_the_published_ones(name: str, v: float) -> None:
    found = channel_of(name).gating(np.array(v), prepared(name, 30.0), ions(CALCIUM))
    expected = PUBLISHED[name](v)
    assert set(found) == set(expected)
    for gate, pair in expected.items():
        np.testing.assert_allclose(found[gate], pair, rtol=1e-6, atol=1e-15, err_msg=gate)


@pytest.mark.parametrize("name", PUBLISHED)
def test_gates_quicken_with_temperature_as_published(name: str) -> None:
    """The rate away from the steady state is `q (inf - x) / tau`."""
    v, celsius, there = np.array([-61.3, -38.9]), 31.0, ions(CALCIUM)
    if name == "hcn_destexhe":
        pytest.skip("its rates have a test of their own")
    s = SimpleNamespace(**dict.fromkeys(channel_of(name).states, np.full(2, 0.25)))
    p = prepared(name, celsius)
    found = channel_of(name).derivative(v, s, p, there, None)
    warmth: Any = TEMPERATURES.get(name, {"": (1, 0)})
    for gate in channel_of(name).states:
        factor, reference = warmth.get(gate) or warmth[""]
        pairs = [
            PUBLISHED[name](float(one))[gate] if name != "bk_moczydlowski" else bk(float(one), celsius)[gate]
            for one in v
        ]
        expected = [factor ** ((celsius - reference) / 10) * (inf - 0.25) / tau for inf, tau in pairs]
        np.testing.assert_allclose(found[gate], expected, rtol=1e-6, err_msg=gate)


def test_calcium_locks_hcn_channels_open() -> None:
    v, celsius, ca = -83.0, 33.0, 1.5e-3
    h, tau = PUBLISHED["hcn_destexhe"](v)["h"]
    q = 3 ** ((celsius - 36) / 10)
    o1, o2, p1 = 0.2, 0.3, 0.04
    expected = {
        "o1": q * (h / tau * (1 - o1 - o2) - (1 - h) / tau * o1) - 0.001 * p1 / 0.01 * o1 + 0.001 * o2,
        "o2": 0.001 * p1 / 0.01 * o1 - 0.001 * o2,
        "p1": 4e-4 * (ca / 0.002) ** 4 * (1 - p1) - 4e-4 * p1,
    }
    s, p = SimpleNamespace(o1=o1, o2=o2, p1=p1), prepared("hcn_destexhe", celsius)
    channel = channel_of("hcn_destexhe")
    assert channel.derivative(v, s, p, ions(ca), None) == pytest.approx(expected, rel=1e-9)
    current = channel.currents(v, s, p, ions(ca), None)["i"]
    assert current == pytest.approx(2e-5 * (o1 + 2 * o2) * (v + 40))
    rest = SimpleNamespace(
        **{key: float(x[0]) for key, x in initial("hcn_destexhe")(np.array([v]), celsius, ca).items()}
    )
    assert all(abs(x) < 1e-15 for x in channel.derivative(v, rest, p, ions(ca), None).values())


def test_conductances_of_cortical_channels_grow_with_temperature() -> None:
    for name in ("na_mainen", "kdr_mainen"):
        s = SimpleNamespace(m=1.0, h=1.0, n=1.0)
        g = channel_of(name).observables(np.array(0.0), s, prepared(name, 33.0, gbar=0.01), ions(), None)["g"]
        assert float(g) == pytest.approx(0.023)
