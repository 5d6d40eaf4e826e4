"""What a channel does while its voltage is held: steady states, time constants and responses to a step.

Exact at each voltage, with NumPy and without a time step, so that a picture can follow a slider.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from math import ceil, log2

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.mechanisms.channel_spec import gating
from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.kinetics import Gate, values_of
from rheobase.mechanisms.ions import ION_DEFAULTS

Array = NDArray[np.float64]
_ELSEWHERE = 1.0  # mM, on either side, of an ion that has no usual concentrations
_TAYLOR = 9  # terms of the exponential of a matrix of norm below 1/8, enough for double precision
_POINT_PER_DENSITY = 1e6  # nA for a cm3/s over mA/cm2 for a cm/s


@dataclass(frozen=True)
class Bath:
    """What surrounds a channel.

    **Fields:** `celsius`; `reversal` of the ion it carries, mV, its usual one if None; `concentrations`, mM, by names
    such as `"ca.inside"`, the usual ones where none is given.
    """

    celsius: float = 6.3
    reversal: float | None = None
    concentrations: Mapping[str, float] = field(default_factory=dict)

    def concentration(self, name: str) -> float:
        """Of an ion on one side of the membrane, mM."""
        ion, _, side = name.partition(".")
        return float(self.concentrations.get(name, getattr(ION_DEFAULTS.get(ion), side, _ELSEWHERE)))

    def reversal_of(self, channel: Channel) -> float:
        """The reversal potential of an ohmic current, mV."""
        if channel.ion is None:
            return channel.e
        if self.reversal is not None:
            return self.reversal
        return ION_DEFAULTS[channel.ion].reversal if channel.ion in ION_DEFAULTS else 0.0

    def ligands(self, gate: Gate) -> dict[str, float]:
        """The concentrations that a gate's rates depend on."""
        return {r.ligand: self.concentration(r.ligand) for r in gate.pairs.values() if r.ligand is not None}


@dataclass(frozen=True)
class Response:
    """Of one channel to steps of voltage. **Fields:** `t`, ms; `v`, mV, `open` and `current`, each (levels, times)."""

    t: Array
    v: Array
    open: Array
    current: Array


def alpha_beta(gate: Gate, v: ArrayLike, bath: Bath) -> dict[str, tuple[Array, Array]]:
    """The rates of each pair of a gate, by its name, per ms at the bath's temperature.

    **Raises:** ValueError where a rate is negative or no number.
    """
    v = np.asarray(v, float)
    with np.errstate(all="ignore"):
        found = gating.alpha_beta(gate, v, values_of(gate), bath.celsius, bath.ligands(gate))
    checked: dict[str, tuple[Array, Array]] = {}
    for pair, (alpha, beta) in found.items():
        checked[pair] = (np.broadcast_to(alpha, v.shape), np.broadcast_to(beta, v.shape))
        for role, rate in zip(("alpha", "beta"), checked[pair], strict=True):
            wrong = ~np.isfinite(rate) | (rate < 0)
            if wrong.any():
                at = int(np.argmax(wrong))
                value = "no number" if not np.isfinite(rate[at]) else f"{rate[at]:.3g}, which is negative,"
                raise ValueError(f"the rate {role} of {pair} is {value} at {v[at]:g} mV")
    return checked


def inf_tau(gate: Gate, v: ArrayLike, bath: Bath) -> tuple[Array, Array]:
    """The steady state and the time constant, ms, of a gate that is no scheme. **Raises:** as `alpha_beta`."""
    v = np.asarray(v, float)
    alpha_beta(gate, v, bath)
    with np.errstate(all="ignore"):
        inf, tau = gating.inf_tau(gate, v, values_of(gate), bath.celsius, bath.ligands(gate))
    return np.broadcast_to(inf, v.shape), np.broadcast_to(tau, v.shape)


def steady_states(gate: Gate, v: ArrayLike, bath: Bath) -> Array:
    """The steady value of each of a gate's states, (voltages, states).

    **Raises:** as `alpha_beta`; ValueError for a scheme that falls apart, whose steady state is that of its beginning.
    """
    v = np.asarray(v, float)
    if gate.scheme is None:
        return inf_tau(gate, v, bath)[0][:, None]
    if gate.scheme.separate_states:
        raise ValueError(
            f"no transition leads from {gate.scheme.states[0].name} to {', '.join(gate.scheme.separate_states)}: "
            "connect them"
        )
    matrix = gating.transition_rates(gate.scheme, alpha_beta(gate, v, bath))
    return np.stack([share + 0 * v for share in gating.stationary(len(gate.states), matrix)], axis=1)


def generator(gate: Gate, v: ArrayLike, bath: Bath) -> Array:
    """The matrix M of a scheme's occupancies p at each voltage, `dp/dt = M p`, (voltages, states, states), per ms."""
    v, n = np.asarray(v, float), len(gate.states)
    m = np.zeros((len(v), n, n))
    if gate.scheme is not None:
        for (i, j), rate in gating.transition_rates(gate.scheme, alpha_beta(gate, v, bath)).items():
            m[:, j, i] = rate
            m[:, i, i] -= rate
    return m


def relaxation_times(gate: Gate, v: ArrayLike, bath: Bath) -> Array:
    """The time constants of a scheme, ms, slowest first, (voltages, states - 1); NaN where one is endless."""
    decay = np.sort(-np.linalg.eigvals(generator(gate, v, bath)).real, axis=1)[:, 1:]
    with np.errstate(divide="ignore"):
        return np.where(decay > 0, 1 / decay, np.nan)


def open_fraction(gate: Gate, states: Array) -> Array:
    """What a gate leaves open of the conductance, from its states on the last axis."""
    by_name = dict(zip(gate.states, np.moveaxis(states, -1, 0), strict=True))
    return np.asarray(gating.open_fraction(gate, by_name, values_of(gate)))


def driving(channel: Channel, v: ArrayLike, bath: Bath) -> Array:
    """The current through one unit of `gmax` that is fully open: mA/cm2, or nA of a point process."""
    v = np.asarray(v, float)
    if channel.current == "ohmic":
        return v - bath.reversal_of(channel)
    inside, outside = (bath.concentration(f"{channel.ion}.{side}") for side in ("inside", "outside"))
    flux = np.asarray(gating.flux(v, inside, outside, channel.charge, bath.celsius))
    return flux if channel.kind == "density" else _POINT_PER_DENSITY * flux


def steady_current(channel: Channel, v: ArrayLike, bath: Bath) -> Array:
    """The current at each voltage in the long run: mA/cm2, or nA of a point process."""
    v = np.asarray(v, float)
    opened = gating.product([open_fraction(gate, steady_states(gate, v, bath)) for gate in channel.gates])
    return channel.gmax * opened * driving(channel, v, bath)


def clamp(channel: Channel, phases: Sequence[tuple[float, ArrayLike]], bath: Bath, samples: int = 400) -> Response:
    """The response to voltages held one after another, from the steady state at the first.

    **Arguments:**

    - `phases`: the length of each, ms, and its voltages, mV: one number, or one for each level.
    - `samples`: how many times are spread over all phases.

    >>> from rheobase.mechanisms.channel_spec import Constant, Gate
    >>> leak = Channel("leak", gmax=1e-4, e=-60, gates=[Gate("n", alpha=Constant(1), beta=Constant(1))])
    >>> clamp(leak, [(1, -60), (1, [-50, -40])], Bath(), samples=4).current.round(5)
    array([[0.     , 0.     , 0.0005, 0.0005],
           [0.     , 0.     , 0.001 , 0.001 ]])
    """
    levels = max(np.size(v) for _, v in phases)
    total = sum(duration for duration, _ in phases)
    held = [
        (duration, np.broadcast_to(np.asarray(v, float), (levels,)), max(2, round(samples * duration / total)))
        for duration, v in phases
    ]
    starts = np.cumsum([0.0, *(duration for duration, _, _ in held)])
    t = np.concatenate([start + np.arange(n) * (d / n) for start, (d, _, n) in zip(starts, held, strict=False)])
    v = np.concatenate([np.repeat(each[:, None], n, axis=1) for _, each, n in held], axis=1)
    opened = gating.product([np.concatenate([*_courses(gate, held, bath)], axis=1) for gate in channel.gates])
    opened = np.broadcast_to(opened, v.shape)
    return Response(t, v, opened, channel.gmax * opened * driving(channel, v, bath))


def _courses(gate: Gate, held: Sequence[tuple[float, Array, int]], bath: Bath) -> Iterator[Array]:
    """What a gate leaves open in each phase, (levels, times)."""
    states = steady_states(gate, held[0][1], bath)
    for duration, v, n in held:
        course, states = _course(gate, states, v, duration, n, bath)
        yield open_fraction(gate, course)


def _course(gate: Gate, states: Array, v: Array, duration: float, count: int, bath: Bath) -> tuple[Array, Array]:
    """States at `count` times of a phase, (levels, count, states), and those at its end."""
    if gate.scheme is None:
        inf, tau = inf_tau(gate, v, bath)
        left = np.exp(-np.arange(count + 1) * (duration / count) / tau[:, None])
        course = (inf[:, None] + (states - inf[:, None]) * left)[..., None]
        return course[:, :-1], course[:, -1]
    step = _exponential(generator(gate, v, bath) * (duration / count))
    course = np.empty((len(v), count, states.shape[1]))
    for k in range(count):
        course[:, k] = states
        states = (step @ states[..., None])[..., 0]
    return course, states


def _exponential(m: Array) -> Array:
    """Of each matrix, by squaring (Moler and Van Loan 2003, SIAM Rev 45:3)."""
    norm = float(np.abs(m).sum(axis=-2).max(initial=0))
    squarings = max(0, ceil(log2(norm)) + 3) if norm > 0 else 0
    small = m / 2.0**squarings
    term = result = np.broadcast_to(np.eye(m.shape[-1]), m.shape)
    for k in range(1, _TAYLOR + 1):
        term = term @ small / k
        result = result + term
    for _ in range(squarings):
        result = result @ result
    return result
