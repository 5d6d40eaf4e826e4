"""Orders of convergence on a cable with a known solution."""

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

import rheobase as rb

L, DIAM, RA, G, CM, AMP = 1000.0, 2.0, 100.0, 2e-4, 1.0, 0.02
TAU = 1e-3 * CM / G  # ms
LAMBDA = 1e4 * np.sqrt(DIAM * 1e-4 / (4 * RA * G))  # um


def cable(nseg: int) -> tuple[rb.Cell, Any]:
    cell = rb.Cell("cable")
    cable = cell.add_section("cable", L=L, diam=DIAM, nseg=nseg)
    cell.Ra, cell.cm = RA, CM
    cell["all"].insert("pas", g=G, e=-65)
    cell.place(rb.IClamp(delay=0, dur=1e9, amp=AMP), cable(0))
    return cell, cable


def input_resistance() -> float:
    """Of a finite sealed cable, megohm: coth(L / lambda) / (G_infinity) (Rall 1959)."""
    infinite = np.pi * DIAM * 1e-4 * LAMBDA * 1e-4 * G  # S
    return float(1e-6 / np.tanh(L / LAMBDA) / infinite)


def step_response(t: NDArray[Any], x: float, terms: int = 4000) -> NDArray[Any]:
    """Voltage at the driven place x (um) above rest, mV, by the cosine series of a sealed cable (Rall 1969)."""
    n = np.arange(1, terms)
    rates = (1 + (n * np.pi * LAMBDA / L) ** 2) / TAU
    charge = AMP / (np.pi * DIAM * L * CM * 1e-5)  # mV / ms, were the cable isopotential
    decays = np.cos(n * np.pi * x / L) ** 2 * (1 - np.exp(-np.outer(t, rates))) / rates
    return charge * (TAU * (1 - np.exp(-t / TAU)) + 2 * decays.sum(axis=1))


def orders(errors: list[float], factor: float = 2.0) -> NDArray[Any]:
    return np.log(np.array(errors[:-1]) / errors[1:]) / np.log(factor)


def test_steady_state_converges_at_second_order_in_space() -> None:
    errors = []
    for nseg in (9, 27, 81):
        cell, section = cable(nseg)
        rec = rb.run(cell, tstop=400, dt=1.0, record=[section(1).v, section(0).v])
        # Both ends have a node of no area; the near one is driven, so its voltage is the input's.
        errors.append(abs(rec[section(0).v][-1] + 65 - AMP * input_resistance()))
    assert orders(errors, 3.0) == pytest.approx(2, abs=0.1)


@pytest.mark.parametrize(("method", "order"), [("implicit_euler", 1), ("crank_nicolson", 2)])
def test_time_stepping_converges_at_its_order(method: str, order: int) -> None:
    cell, section = cable(21)
    far = section(1).v
    exact = rb.run(cell, tstop=8, dt=2**-11, method="crank_nicolson", record=[far])[far][-1]
    errors = [
        abs(rb.run(cell, tstop=8, dt=dt, method=method, record=[far])[far][-1] - exact)
        for dt in (2**-2, 2**-3, 2**-4, 2**-5)
    ]
    assert orders(errors) == pytest.approx(order, abs=0.15)


def test_step_response_is_that_of_the_sealed_cable() -> None:
    cell, section = cable(401)
    near = section(0.001)  # inside the first segment: a step into a node without capacitance would ring
    cell.process("IClamp[0]").move(near)
    rec = rb.run(cell, tstop=30, dt=0.0125, method="crank_nicolson", record=[near.v])
    late = rec.t > 1
    np.testing.assert_allclose(rec[near.v][late] + 65, step_response(rec.t[late], x=L / 802), rtol=1e-3)
