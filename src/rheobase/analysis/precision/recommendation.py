"""Which integrator to take for a model, and why: the cheapest of some measured runs that is near enough, in words."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from math import inf, isfinite, nan

from rheobase.analysis.words import counted
from rheobase.kernel import integrators

_SPIKE = 0.05  # ms; less than one sees in a trace, and than the jitter of recorded spikes
_VOLTAGE = 0.1  # mV; about the noise of a good recording
_ALIKE = 1.25  # times as long, and nobody would notice


@dataclass(frozen=True)
class WorkPoint:
    """One run: how it was made, how far it lay from the reference and what it cost.

    **Fields:**

    - `method`; `setting`, `"dt"` or `"atol"`, and its `value`.
    - `voltage_error` (mV), `spike_error` (ms), `spikes`: see `Deviation`.
    - `steps`, with those rejected; `evaluations` of the model; `seconds`, the median of a few runs.
    - `failure`: why it came to nothing, in words, or nothing.
    """

    method: str
    setting: str
    value: float
    voltage_error: float = inf
    spike_error: float = inf
    spikes: int = 0
    steps: int = 0
    evaluations: int = 0
    seconds: float = nan
    failure: str = ""

    @property
    def call(self) -> str:
        """The arguments of `rb.run` that make this run.

        >>> WorkPoint("adaptive", "atol", 1e-3).call
        'method="adaptive", atol=0.001'
        """
        return f'method="{self.method}", {self.setting}={self.value:g}'


@dataclass(frozen=True)
class Subject:
    """What was measured, as far as it bears on the choice: `segments`, `events` (whether any are sent), `spikes`."""

    segments: int
    events: bool
    spikes: int


@dataclass(frozen=True)
class Recommendation:
    """The run to take: `point`, whether it `reached` what was wanted, and the `reason` in words."""

    point: WorkPoint
    reached: bool
    reason: str

    @property
    def call(self) -> str:
        """The arguments of `rb.run` that make this run."""
        return self.point.call

    def __str__(self) -> str:
        return f"{self.call}\n{self.reason}"


def recommend(
    points: Sequence[WorkPoint],
    subject: Subject,
    refused: Mapping[str, str],
    *,
    spike: float | None = None,
    voltage: float | None = None,
) -> Recommendation:
    """The cheapest of some runs, by wall time, that comes near enough; the nearest one if none does.

    **Arguments:** `spike`: ms, and `voltage`: mV, the largest errors wanted; without either, 0.05 ms for a model that
    fires and 0.1 mV for one that does not. `refused`: methods that cannot run the model, with their reasons.

    **Raises:** ValueError when every run failed, or a wanted error is not positive.
    """
    if spike is None and voltage is None:
        spike, voltage = (_SPIKE, None) if subject.spikes else (None, _VOLTAGE)
    for name, unit, value in (("spike", "ms", spike), ("voltage", "mV", voltage)):
        if value is not None and not value > 0:
            raise ValueError(f"{name} = {value!r} {unit}: must be greater than 0")
    sound = [point for point in points if not point.failure]
    if not sound:
        raise ValueError("none of the runs came to an end: there is nothing to recommend")

    def excess(point: WorkPoint) -> float:
        return max(
            point.spike_error / spike if spike and subject.spikes else 0.0,
            point.voltage_error / voltage if voltage else 0.0,
        )

    near = [point for point in sound if excess(point) <= 1]
    best = min(near, key=lambda p: p.seconds) if near else min(sound, key=excess)
    wanted = (("spikes", "ms", spike), ("voltages", "mV", voltage))
    goal = " and ".join(f"{what} within {value:g} {unit}" for what, unit, value in wanted if value is not None)
    title = f"{best.method} at {_setting(best)}"
    if near:
        first = f"{title} is the cheapest run here with {goal}: {_took(best)} for {counted(best.steps, 'step')}."
    else:
        first = f"No run here has {goal}; {title} comes nearest. Try finer settings."
    told = [first, *_rivals(best, sound, excess), *_nature(best, points, subject)]
    told += [f"{method} cannot run this model: {reason}." for method, reason in refused.items()]
    return Recommendation(best, bool(near), " ".join(told))


def _rivals(best: WorkPoint, points: Sequence[WorkPoint], excess: Callable[[WorkPoint], float]) -> list[str]:
    """What the other methods would take for the same."""
    told = []
    for method in dict.fromkeys(point.method for point in points if point.method != best.method):
        own = [point for point in points if point.method == method]
        near = [point for point in own if excess(point) <= 1]
        if near and excess(best) <= 1:
            rival = min(near, key=lambda p: p.seconds)
            ratio = rival.seconds / best.seconds
            longer = f"takes {ratio:.2g} times as long" if ratio > _ALIKE else "takes about as long"
            told.append(f"{method} {longer}, at {_setting(rival)}.")
        elif not near and isfinite(least := min(map(excess, own))) and least > 1:
            told.append(f"{method} misses it by a factor of {least:.2g} even at {_setting(min(own, key=excess))}.")
    return told


def _nature(best: WorkPoint, points: Sequence[WorkPoint], subject: Subject) -> list[str]:
    """What in the model speaks for the choice."""
    explicit = {each.name for each in integrators() if not each.stiff}
    told = []
    if best.setting == "atol":
        firing = "Its steps are short in a spike and long in between."
        told.append(firing if subject.spikes else "Its steps grow where little moves.")
    elif any(point.setting == "atol" for point in points):
        told.append("There is too little rest in this run for the variable step to make up for what each step costs.")
    if subject.events:
        told.append("Synaptic events restart the variable step, so many of them speak for a fixed one.")
    if best.method in explicit and subject.segments == 1:
        told.append("With a single compartment no tree has to be solved, which suits an explicit method.")
    broken = [point for point in points if point.failure and point.method in explicit - {best.method}]
    if broken and best.method not in explicit:
        least = min(broken, key=lambda p: p.value)
        told.append(f"{least.method} breaks down from {_setting(least)} on: the model is stiff.")
    return told


def _setting(point: WorkPoint) -> str:
    return f"{point.setting} = {point.value:g}{' ms' if point.setting == 'dt' else ''}"


def _took(point: WorkPoint) -> str:
    return f"{1000 * point.seconds:.3g} ms" if point.seconds < 1 else f"{point.seconds:.3g} s"
