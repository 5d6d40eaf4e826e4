"""Simulations: a model under a protocol, run, batched or made a pure function."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.kernel import integrator
from rheobase.model import Cell, Protocol, Recordable
from rheobase.model.names import UnknownName
from rheobase.simulate.assemble import Assembly, assemble
from rheobase.simulate.batch import batch
from rheobase.simulate.changes import checked_parameter
from rheobase.simulate.control import Controlled
from rheobase.simulate.course import Cancelled as Cancelled, Course, Progress as Progress
from rheobase.simulate.error import SimulationError as SimulationError
from rheobase.simulate.methods import refuse_unfit
from rheobase.simulate.options import checked_count, checked_precision, checked_scale, checked_times, state_types
from rheobase.simulate.pure import pure_function
from rheobase.simulate.recording import Recording, plan_recording, unit_of
from rheobase.simulate.rest import BEGINNINGS
from rheobase.simulate.results import Results
from rheobase.simulate.schedule import Schedule
from rheobase.units import to_float

_MOST_SAMPLES = 50_000_000


class Simulation(Controlled):
    """A cell under a protocol, ready to run.

    **Arguments:**

    - `cell`: the model. It is read once, now; later edits need a new simulation.
    - `protocol`: stimuli, recordings and run parameters as a document; what is given beside it wins.
    - `tstop`, `dt`: ms. `v_init`: mV; or by place, as `{"soma": -70, "dend": -65}`, `"all"` for the rest.
      `celsius`: degC. `method`: an integrator's name.
    - `atol`, `rtol`: of the adaptive methods, the error allowed in a step: absolute, in each state's own unit, and
      relative to it. `atol_scale`: by type of state (`"v"`, `"hh.m"`, `"cai"`) a factor for its `atol`;
      it adds to those of the protocol. `max_step`: the longest step, ms.
    - `record`: what to record, such as `soma(0.5).v`; by default the voltage in the middle of the root section.
    - `every`: steps from one sample to the next.
    - `frames`: how many times to keep the voltage of the whole cell, evenly spread over the run.
    - `record_at`: times at which to sample, ms, instead of after each step: on straight lines between steps, and of an
      adaptive run on its polynomials.
    - `precision`: `"float64"` or `"float32"`.
    - `init`: how a run begins: `"v_init"`, as mechanisms do at that voltage; `"quiet"`, at rest after a long run before
      time 0; or `"steady"`, where nothing moves at all, found by Newton's method from `v_init`.

    Beside `run`, `batch` and `function` it has the run control of `Controlled`: `init`, `step`, `run_until`, `set`, ...

    **Raises:** ValueError or TypeError for a number that cannot be right, KeyError for an unknown name.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-65)
    >>> sim = rb.Simulation(cell, tstop=1, record=[soma(0.5).v])
    >>> sim.run()[soma(0.5).v].shape
    (41,)
    """

    def __init__(
        self,
        cell: Cell,
        protocol: Protocol | None = None,
        *,
        tstop: Any = None,
        dt: Any = None,
        v_init: Any = None,
        celsius: Any = None,
        method: str | None = None,
        atol: Any = None,
        rtol: Any = None,
        max_step: Any = None,
        atol_scale: Mapping[str, float] | None = None,
        record: Recordable | Iterable[Recordable] | None = None,
        every: int = 1,
        frames: int = 0,
        record_at: ArrayLike | None = None,
        precision: str = "float64",
        init: str = "v_init",
    ) -> None:
        by_place = v_init if isinstance(v_init, Mapping) else {}
        v_init = by_place.get("all") if isinstance(v_init, Mapping) else v_init
        given: dict[str, Any] = {"tstop": tstop, "dt": dt, "v_init": v_init, "celsius": celsius, "method": method}
        given |= {"atol": atol, "rtol": rtol, "max_step": max_step}
        given = {name: value for name, value in given.items() if value is not None}
        base = protocol if protocol is not None else Protocol()
        if record is not None:
            given["record"] = record
        self.protocol = base.replace(**given) if given else base
        self.cell = cell.freeze()
        p = self.protocol
        if not self.cell.sections:
            raise ValueError(f"cell {cell.name!r} has no sections; add one with add_section(name, L=..., diam=...)")
        integrator(p.method)
        self.precision = checked_precision(precision)
        if init not in BEGINNINGS:
            raise UnknownName("way to begin a run", init, BEGINNINGS)
        self.beginning = init
        self.every = checked_count("every", every, least=1)
        self.steps = max(1, round(p.tstop / p.dt))
        self.samples = self.steps // self.every
        if self.samples < 1:
            raise ValueError(f"every = {every}: the run has only {self.steps} steps; sample more often")
        if self.samples > _MOST_SAMPLES and record_at is None:
            raise ValueError(
                f"tstop = {p.tstop:g} ms at dt = {p.dt:g} ms makes {self.samples} samples; "
                "sample less often (every=...)"
            )
        self.record_at = checked_times("record_at", record_at)
        if self.record_at is not None and self.every > 1:
            raise ValueError("record_at says when to sample, and every= as well; give one of them")
        self._frames = min(checked_count("frames", frames, least=0), self.samples)
        self.assembly: Assembly = assemble(
            self.cell,
            p.placements(placed.name for placed in self.cell.placements),
            method=p.method,
            celsius=p.celsius,
            v_init=p.v_init,
        ).playing(p.plays)
        refuse_unfit(self.assembly, p.method)
        self.atol_scale = checked_scale({**dict(p.atol_scale), **dict(atol_scale or {})}, state_types(self.assembly))
        self.schedule = Schedule()
        self.values = {
            name: checked_parameter(self.assembly, name, to_float(value, "mV", name))
            for name, value in ((f"{place}.v_init", v) for place, v in by_place.items() if place != "all")
        }
        self._course: Course | None = None
        recordables = tuple(p.record) or (self.cell.sections[0](0.5).v,)
        self.recording: Recording = plan_recording(self.assembly, recordables)
        self.units = tuple(unit_of(recordable, self.assembly) for recordable in recordables)

    @property
    def recordables(self) -> tuple[Recordable, ...]:
        """What is recorded, in order."""
        return self.recording.recordables

    def function(self, per: str = "place") -> tuple[Callable[[Mapping[str, Any]], jax.Array], dict[str, jax.Array]]:
        """The whole run as a pure function of its numeric parameters.

        **Arguments:** `per="segment"` gives parameters of a place one number a segment instead of one in all.

        **Returns:** `f`, with `f(params) -> (recordables, samples)`, to be used under `jit`, `grad`, `jvp` and
        `vmap`; and `params`, every parameter by name at its present value. Any other valid name may be added.
        """
        return pure_function(self, per)

    def batch(
        self,
        values: Mapping[str, ArrayLike],
        *,
        forgiving: bool = False,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> NDArray[Any]:
        """Many runs at once that differ in some parameters.

        **Arguments:** for each parameter one value a run, `(batch,)`, or one a run and segment of its place,
        `(batch, segments)`; `forgiving`: whether a run that breaks down is NaN throughout instead of an error;
        `cancelled`: asked between chunks of work whether to stop.

        **Returns:** `(batch, recordables, samples)`.

        **Raises:** KeyError for an unknown name, ValueError for lengths that differ or a value that is not finite,
        SimulationError when a run breaks down, Cancelled.
        """
        return batch(self, values, forgiving, cancelled)

    def wanted_frames(self) -> NDArray[np.float64]:
        """When frames of the whole cell are wanted, ms: at samples evenly spread over the run."""
        at = np.unique(np.linspace(0, self.samples, self._frames).round())
        return self.protocol.dt * self.every * at

    def cast(self, tree: Any) -> Any:
        """Arrays in the simulation's precision."""
        if self.precision == "float64":
            return tree
        return jax.tree.map(
            lambda x: x.astype(self.precision) if jnp.issubdtype(jnp.result_type(x), jnp.floating) else x, tree
        )

    def __repr__(self) -> str:
        p = self.protocol
        return f"<Simulation of {self.cell.name!r}: {p.tstop:g} ms at dt {p.dt:g} ms, {p.method}>"


def run(cell: Cell, protocol: Protocol | None = None, **options: Any) -> Results:
    """Run a cell and return what was recorded; the arguments are those of `Simulation`.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> clamp = cell.place(rb.IClamp(delay=1, dur=5, amp=0.5), soma(0.5))
    >>> bool(rb.run(cell, tstop=10, record=[soma(0.5).v])[soma(0.5).v].max() > 0)
    True
    """
    return Simulation(cell, protocol, **options).run()
