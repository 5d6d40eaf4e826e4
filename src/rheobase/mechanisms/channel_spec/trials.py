"""Single channels under a voltage clamp, many trials at once, without a cell."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rheobase.mechanisms.channel_spec import gating
from rheobase.mechanisms.channel_spec.channel import Channel
from rheobase.mechanisms.channel_spec.curves import Bath, driving
from rheobase.mechanisms.channel_spec.expansion import conductances, expansion

Floats = NDArray[np.float64]
_MOST = 10**9


@dataclass(frozen=True)
class Trials:
    """What counted channels did.

    **Fields:** `t`, ms; `v`, mV; `states`, the names; `counts`, the channels in each state, `(trials, times, states)`;
    of 0 channels the chance to be in it; `open`, the open channels, `(trials, times)`; `current`, nA, with `gmax` for
    all of them.
    """

    t: Floats
    v: Floats
    states: tuple[str, ...]
    counts: Floats
    open: Floats
    current: Floats


def simulate(
    channel: Channel,
    n: int,
    phases: Sequence[tuple[float, float]],
    bath: Bath,
    *,
    dt: float = 0.025,
    trials: int = 1,
    seed: int = 0,
) -> Trials:
    """Each of `n` channels moving by chance while the voltage is held, from rest at the first voltage.

    Exact at the sampled times: what each channel does in a step is drawn from the exact chances of that step.

    **Arguments:** `n`, 0 for the chances themselves; `phases`, each a duration, ms, and a voltage, mV; `dt`, ms,
    between samples.

    **Raises:** ValueError for what cannot be.
    """
    if int(n) != n or not 0 <= n <= _MOST:
        raise ValueError(f"n = {n!r}: must be a whole number of channels from 0 to {_MOST}")
    if not dt > 0 or trials < 1 or not phases or any(not duration > 0 for duration, _ in phases):
        raise ValueError("single channels need dt and the duration of each phase above 0 ms, and 1 trial or more")
    random = np.random.default_rng(seed)
    scheme = expansion(channel)
    size = len(scheme.names)
    trials = trials if n else 1
    rest = _stationary(channel, phases[0][1], bath)
    now = random.multinomial(n, rest, size=trials).astype(float) if n else rest[None]
    course, voltages = [now], [float(phases[0][1])]
    for duration, level in phases:
        chances = _chances(channel, level, bath, dt)
        for _ in range(max(1, round(duration / dt))):
            now = _dealt(random, now, chances) if n else now @ chances
            course.append(now)
            voltages.append(float(level))
    counts = np.stack(course, axis=1)
    v = np.array(voltages)
    each = np.array([float(x) for x in conductances(channel, channel.numbers)]).reshape(size)
    opened: Any = counts @ each
    current: Any = channel.gmax * opened / max(n, 1) * driving(channel, v, bath)
    t: Any = dt * np.arange(len(v))
    return Trials(t, v, scheme.names, counts, opened, current)


def _matrix(channel: Channel, v: float, bath: Bath) -> dict[tuple[int, int], Any]:
    ligands = {name: bath.concentration(name) for name in channel.ligands}
    numbers = channel.numbers
    rates = [gating.alpha_beta(gate, np.float64(v), numbers, bath.celsius, ligands) for gate in channel.gates]
    return expansion(channel).matrix(rates)


def _stationary(channel: Channel, v: float, bath: Bath) -> Floats:
    shares = gating.stationary(len(expansion(channel).names), _matrix(channel, v, bath))
    rest = np.array([float(x) for x in shares])
    return rest / rest.sum()


def _chances(channel: Channel, v: float, bath: Bath, dt: float) -> Floats:
    from scipy.linalg import expm

    size = len(expansion(channel).names)
    q = np.zeros((size, size))
    for (i, j), rate in _matrix(channel, v, bath).items():
        q[i, j] += rate
        q[i, i] -= rate
    found = np.clip(expm(q * dt), 0, None)
    return found / found.sum(axis=1, keepdims=True)


def _dealt(random: np.random.Generator, counts: Floats, chances: Floats) -> Floats:
    arrived = np.zeros_like(counts)
    for state, row in enumerate(chances):
        arrived += random.multinomial(counts[:, state].astype(np.int64), row)
    return arrived
