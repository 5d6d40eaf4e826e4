"""The gates of a channel in numbers: rates, steady states and open fractions, with NumPy or JAX alike.

Numbers and concentrations are mappings, so that one formula serves a description and a running mechanism.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from rheobase.expressions import exprelr
from rheobase.kernel.small import solve
from rheobase.mechanisms.channel_spec.kinetics import Gate, Rates, Scheme
from rheobase.mechanisms.ions import FARADAY, GAS_CONSTANT, ZERO_CELSIUS

Matrix: TypeAlias = dict[tuple[int, int], Any]
"""The rates of a scheme, 1/ms, by the numbers of the state left and the state reached."""

_TINY = 1e-100


def speed(gate: Gate, numbers: Mapping[str, Any], celsius: Any) -> Any:
    """The factor of all rates at a temperature."""
    return numbers[f"{gate.name}_q10"] ** ((celsius - numbers[f"{gate.name}_reference"]) / 10)


def own(prefix: str, rates: Rates, numbers: Mapping[str, Any]) -> dict[str, Any]:
    """The coefficients of one pair of rates, out of all numbers."""
    return {key: numbers[f"{prefix}_{key}"] for key in rates.coefficients}


def alpha_beta(
    gate: Gate, v: Any, numbers: Mapping[str, Any], celsius: Any, ligands: Mapping[str, Any], xp: Any = np
) -> dict[str, tuple[Any, Any]]:
    """The opening and closing rates of each pair, 1/ms, by its name, at `celsius`."""
    q = speed(gate, numbers, celsius)
    found = {}
    for prefix, rates in gate.pairs.items():
        ligand = None if rates.ligand is None else ligands[rates.ligand]
        alpha, beta = rates.alpha_beta(v, own(prefix, rates, numbers), celsius, ligand, xp)
        found[prefix] = (q * alpha, q * beta)
    return found


def inf_tau(
    gate: Gate, v: Any, numbers: Mapping[str, Any], celsius: Any, ligands: Mapping[str, Any], xp: Any = np
) -> tuple[Any, Any]:
    """The steady state and the time constant, ms, of a Hodgkin-Huxley gate, at `celsius`."""
    ((prefix, rates),) = gate.pairs.items()
    ligand = None if rates.ligand is None else ligands[rates.ligand]
    inf, tau = rates.inf_tau(v, own(prefix, rates, numbers), celsius, ligand, xp)
    return inf, tau / speed(gate, numbers, celsius)


def transition_rates(scheme: Scheme, pairs: Mapping[str, tuple[Any, Any]]) -> Matrix:
    """The rates of a scheme by state, from those of its transitions."""
    index = {state.name: k for k, state in enumerate(scheme.states)}
    matrix: Matrix = {}
    for transition in scheme.transitions:
        alpha, beta = pairs[transition.name]
        matrix[index[transition.source], index[transition.target]] = alpha
        matrix[index[transition.target], index[transition.source]] = beta
    return matrix


def stationary(n: int, matrix: Matrix, xp: Any = np) -> list[Any]:
    """The share of each of `n` states at rest.

    State after state is eliminated without a subtraction, so that nothing cancels (Grassmann, Taksar and Heyman 1985,
    Operations Research 33:1107).
    """
    if n == 1 or not matrix:
        return [1.0 if k == 0 else 0.0 for k in range(n)]
    rates, arrivals = dict(matrix), dict[tuple[int, int], Any]()
    for last in range(n - 1, 0, -1):
        leaving = {j: rates[last, j] for j in range(last) if (last, j) in rates}
        # A state that is never left takes all.
        total = xp.maximum(sum(leaving.values(), 0.0), _TINY)
        for i in range(last):
            if (i, last) not in rates:
                continue
            arrivals[i, last] = rates[i, last] / total
            for j, rate in leaving.items():
                if i != j:
                    rates[i, j] = rates.get((i, j), 0.0) + arrivals[i, last] * rate
    shares: list[Any] = [1.0]
    for k in range(1, n):
        shares.append(sum((shares[i] * arrivals[i, k] for i in range(k) if (i, k) in arrivals), 0.0))
    # Shares far from 1 would overflow in their sum; the largest is a safe unit.
    largest = shares[0]
    for share in shares[1:]:
        largest = xp.maximum(largest, share)
    shares = [share / largest for share in shares]
    total = sum(shares, 0.0)
    return [share / total for share in shares]


def outflow(n: int, matrix: Matrix) -> list[Any]:
    """The total rate out of each state, 1/ms."""
    return [sum((rate for (i, _), rate in matrix.items() if i == k), 0.0) for k in range(n)]


def open_fraction(gate: Gate, states: Mapping[str, Any], numbers: Mapping[str, Any]) -> Any:
    """What a gate contributes to the conductance, 0 to 1."""
    if gate.scheme is None:
        return states[gate.name] ** gate.power
    return sum((numbers[f"{s.name}_conductance"] * states[s.name] for s in gate.scheme.states), 0.0)


def steady_states(
    gate: Gate, v: Any, numbers: Mapping[str, Any], celsius: Any, ligands: Mapping[str, Any], xp: Any = np
) -> dict[str, Any]:
    """The value of each state variable at rest under `v`."""
    if gate.scheme is None:
        return {gate.name: inf_tau(gate, v, numbers, celsius, ligands, xp)[0]}
    matrix = transition_rates(gate.scheme, alpha_beta(gate, v, numbers, celsius, ligands, xp))
    shares = stationary(len(gate.scheme.states), matrix, xp)
    return {name: share + 0 * v for name, share in zip(gate.states, shares, strict=True)}


def flux(v: Any, inside: Any, outside: Any, valence: float, celsius: Any, xp: Any = np) -> Any:
    """The current density, mA/cm2, of a permeability of 1 cm/s between two concentrations in mM.

    Goldman 1943, J Gen Physiol 27:37; Hodgkin and Katz 1949, J Physiol 108:37.
    """
    x = valence * v * (1e-3 * FARADAY / (GAS_CONSTANT * (celsius + ZERO_CELSIUS)))
    return 1e-3 * valence * FARADAY * (inside * exprelr(-x, xp) - outside * exprelr(x, xp))


def product(factors: Sequence[Any]) -> Any:
    """The product of all factors, 1 if there are none."""
    total: Any = 1.0
    for factor in factors:
        total = total * factor
    return total


def implicit_step(before: Sequence[Any], matrix: Matrix, dt: Any) -> list[Any]:
    """The states of a scheme one step of backward Euler on: the solution of `(1 - dt Q) after = before`.

    The matrix is column diagonally dominant whatever the rates, so elimination needs no pivots.
    """
    entries = {(j, i): -dt * rate for (i, j), rate in matrix.items()}
    for k, rate in enumerate(outflow(len(before), matrix)):
        entries[k, k] = 1 + dt * rate
    return solve(entries, before)
