"""The curves of a channel as the browser draws them, and the stage on which they are made."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from rheobase.mechanisms import ION_DEFAULTS, Parameter
from rheobase.mechanisms.channel_spec import Channel, Gate
from rheobase.mechanisms.channel_spec.curves import (
    Bath,
    alpha_beta,
    clamp,
    inf_tau,
    relaxation_times,
    steady_current,
    steady_states,
)
from rheobase.mechanisms.channel_spec.trials import simulate
from rheobase.widgets.quantities import quantity

VOLTAGES = np.linspace(-100.0, 60.0, 161)
"""mV; where steady states, time constants and rates are drawn."""

_SLOWEST = 3  # time constants of a scheme that are drawn
_MOST_LEVELS = 24
_SAMPLES = 500  # of single channels
_BEFORE = 2.0  # ms of the holding voltage that are drawn

_STAGE = {
    "celsius": ("Temperature", Parameter("celsius", 6.3, "degC", minimum=-20, maximum=60)),
    "hold": ("Held at", Parameter("hold", -80.0, "mV", minimum=-200, maximum=200)),
    "first": ("Steps from", Parameter("first", -60.0, "mV", minimum=-200, maximum=200)),
    "last": ("to", Parameter("last", 40.0, "mV", minimum=-200, maximum=200)),
    "levels": ("Steps", Parameter("levels", 11.0, "1", minimum=1, maximum=_MOST_LEVELS)),
    "duration": ("For", Parameter("duration", 20.0, "ms", minimum=0.01, maximum=1e5)),
    "tail": ("Tail at", Parameter("tail", -60.0, "mV", minimum=-200, maximum=200)),
    "tail_duration": ("Tail for", Parameter("tail_duration", 5.0, "ms", minimum=0.01, maximum=1e5)),
    "channels": ("Channels", Parameter("channels", 10.0, "1", minimum=1, maximum=1e6)),
    "level": ("Step to", Parameter("level", 20.0, "mV", minimum=-200, maximum=200)),
    "seed": ("Seed", Parameter("seed", 1.0, "1", minimum=0, maximum=2**31 - 1)),
}
_WHOLE = ("levels", "channels", "seed")


@dataclass(frozen=True)
class Stage:
    """The voltage clamp and the surroundings under which a channel is shown; no part of the channel.

    `numbers` are those of `_STAGE`; `surroundings` the ion's reversal (`"reversal"`) and concentrations by name.
    """

    numbers: tuple[tuple[str, float], ...] = tuple((name, each.default) for name, (_, each) in _STAGE.items())
    surroundings: tuple[tuple[str, float], ...] = ()

    def __getitem__(self, name: str) -> float:
        return dict(self.numbers)[name]

    def changed(self, channel: Channel, name: str, value: Any) -> "Stage":
        """A copy with one number changed. **Raises:** KeyError, ValueError."""
        if name in _STAGE:
            number = _STAGE[name][1].check(value)
            number = float(round(number)) if name in _WHOLE else number
            return replace(self, numbers=tuple((dict(self.numbers) | {name: number}).items()))
        for known, parameter, _ in _surroundings(channel):
            if known == name:
                return replace(
                    self, surroundings=tuple((dict(self.surroundings) | {name: parameter.check(value)}).items())
                )
        raise KeyError(f"there is no {name!r} to set here")

    def bath(self) -> Bath:
        """What surrounds the channel."""
        given = dict(self.surroundings)
        return Bath(self["celsius"], given.pop("reversal", None), given)

    def fields(self, channel: Channel) -> list[dict[str, Any]]:
        """As fields in the browser."""
        own = [quantity(name, parameter, self[name], label=label) for name, (label, parameter) in _STAGE.items()]
        for each in own:
            if each["key"] in _WHOLE:
                each["step"] = 1.0
        given = dict(self.surroundings)
        return own + [
            quantity(name, parameter, given.get(name, parameter.default), label=label)
            for name, parameter, label in _surroundings(channel)
        ]

    def levels(self) -> np.ndarray:
        """The voltages of the steps, mV."""
        return np.linspace(self["first"], self["last"], int(self["levels"]))

    def phases(self, level: Any) -> list[tuple[float, Any]]:
        """What is held in turn, with the step to `level`, one voltage or many."""
        return [(_BEFORE, self["hold"]), (self["duration"], level), (self["tail_duration"], self["tail"])]


def _surroundings(channel: Channel) -> list[tuple[str, Parameter, str]]:
    """Name, parameter and label of what the channel's current and rates depend on outside of it."""
    found = []
    bath = Bath()
    names = list(channel.ligands)
    if channel.current == "ghk":
        names = [f"{channel.ion}.inside", f"{channel.ion}.outside", *names]
    elif channel.ion is not None:
        usual = ION_DEFAULTS[channel.ion].reversal if channel.ion in ION_DEFAULTS else 0.0
        found.append(("reversal", Parameter("reversal", usual, "mV"), f"e{channel.ion}"))
    for name in dict.fromkeys(names):
        ion, _, side = name.partition(".")
        found.append((name, Parameter(name, bath.concentration(name), "mM", minimum=1e-12), f"{ion} {side}"))
    return found


class Curves:
    """Plots worked out for a channel: each a row of voltages or times, and rows of values, in one buffer.

    **Attributes:** `info`, what each plot is; `rows`, all numbers.
    """

    def __init__(self, channel: Channel, stage: Stage, gate: str, pair: str) -> None:
        self.info: list[dict[str, Any]] = []
        self.rows: list[np.ndarray] = []
        bath = stage.bath()
        chosen = next((each for each in channel.gates if each.name == gate), None)
        if chosen is not None and chosen.scheme is not None:
            self._scheme(chosen, bath)
        else:
            self._gates([each for each in channel.gates if each.scheme is None], bath)
        if chosen is not None:
            self._rates(chosen, pair, bath)
        self._response(channel, stage, bath)

    def to_bytes(self) -> bytes:
        """All rows as float32."""
        return b"".join(np.ascontiguousarray(row, dtype=np.float32).tobytes() for row in self.rows)

    def _add(self, plot: str, along: np.ndarray, names: Sequence[str], rows: Sequence[np.ndarray], unit: str) -> None:
        self.info.append({"plot": plot, "samples": len(along), "names": list(names), "unit": unit})
        self.rows += [along, *rows]

    def _scheme(self, gate: Gate, bath: Bath) -> None:
        self._add("steady", VOLTAGES, gate.states, list(steady_states(gate, VOLTAGES, bath).T), "1")
        times = relaxation_times(gate, VOLTAGES, bath).T[:_SLOWEST]
        self._add("tau", VOLTAGES, [f"τ{k + 1}" for k in range(len(times))], list(times), "ms")

    def _gates(self, gates: Sequence[Gate], bath: Bath) -> None:
        both = [inf_tau(gate, VOLTAGES, bath) for gate in gates]
        names = [gate.name for gate in gates]
        self._add("steady", VOLTAGES, names, [inf for inf, _ in both], "1")
        self._add("tau", VOLTAGES, names, [tau for _, tau in both], "ms")

    def _rates(self, gate: Gate, pair: str, bath: Bath) -> None:
        rates = alpha_beta(gate, VOLTAGES, bath)
        name = pair if pair in rates else next(iter(rates), "")
        if name:
            self._add("rates", VOLTAGES, ["α", "β"], list(rates[name]), "1/ms")
            self.info[-1]["pair"] = name

    def _response(self, channel: Channel, stage: Stage, bath: Bath) -> None:
        response = clamp(channel, stage.phases(stage.levels()), bath)
        unit = "mA/cm2" if channel.kind == "density" else "nA"
        levels = stage.levels()
        self._add("iv", VOLTAGES, ["steady"], [steady_current(channel, VOLTAGES, bath)], unit)
        step = (response.t >= _BEFORE) & (response.t < _BEFORE + stage["duration"])
        # The peak of a fast channel lies between two samples of the whole.
        onset: list[tuple[float, Any]] = [(_BEFORE / 100, stage["hold"]), (stage["duration"] / 20, levels)]
        during = np.concatenate([response.current[:, step], clamp(channel, onset, bath).current], axis=1)
        peaks = during[np.arange(len(levels)), np.abs(during).argmax(axis=1)]
        order = np.argsort(levels)
        self._add("peak", levels[order], ["peak"], [peaks[order]], unit)
        names = [f"{level:g}" for level in levels]
        t = response.t - _BEFORE
        self._add("current", t, names, list(response.current), unit)
        self._add("open", t, names, list(response.open), "1")


def single_channels(channel: Channel, stage: Stage) -> np.ndarray:
    """Rows of times (ms), of open channels drawn by chance, and of their mean, float32.

    **Raises:** ValueError for a channel of too many states.
    """
    phases = stage.phases(stage["level"])
    dt = sum(duration for duration, _ in phases) / _SAMPLES
    n = int(stage["channels"])
    drawn = simulate(channel, n, phases, stage.bath(), dt=dt, seed=int(stage["seed"]))
    mean = simulate(channel, 0, phases, stage.bath(), dt=dt)
    return np.stack([drawn.t - _BEFORE, drawn.open[0], n * mean.open[0]]).astype(np.float32)
