"""Impedance of a cell whose numbers move: compiled once, measured as often as one likes."""

from collections.abc import Mapping
from typing import Any
from warnings import warn

from numpy.typing import ArrayLike

from rheobase.analysis.dynamics.operating_point import (
    Compiled,
    Hold,
    OperatingPoint,
    UnsteadyWarning,
    compile_model,
    initial_point,
    point_at,
    point_in_run,
    steady_point,
    with_numbers,
)
from rheobase.analysis.dynamics.spectrum import growing
from rheobase.analysis.dynamics.steady import SteadyState
from rheobase.analysis.impedance.impedance import Impedance, as_location
from rheobase.analysis.impedance.responses import checked_frequencies, responses
from rheobase.model import Cell, Location, Protocol
from rheobase.simulate import Simulation
from rheobase.simulate.engine import Present
from rheobase.units import to_float

Where = None | str | float | Hold | Simulation | Present | SteadyState | OperatingPoint
"""An operating point as a person gives it."""


class ImpedanceAnalyser:
    """Measures impedance again and again: under other numbers, from other places, at other frequencies.

    What is compiled depends on which mechanisms there are and how they lie, and stays so between measurements.

    **Arguments:** as of `impedance`.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("pas", e=-65)
    >>> analyser = ImpedanceAnalyser(cell)
    >>> [round(abs(analyser.impedance(soma(0.5), [0], params={"soma.pas.g": g}).input()[0])) for g in (1e-3, 2e-3)]
    [80, 40]
    """

    def __init__(
        self, cell: Cell, protocol: Protocol | None = None, *, celsius: Any = None, v_init: Any = None
    ) -> None:
        self.model: Compiled = compile_model(cell, protocol, celsius=celsius, v_init=v_init)

    def point(
        self,
        operating_point: Where = None,
        at: Location | None = None,
        params: Mapping[str, Any] | None = None,
        t: float = 0.0,
    ) -> OperatingPoint:
        """An operating point; the arguments are those of `impedance`.

        **Raises:** NoSteadyState where the model does not come to rest; TypeError or ValueError for what is no point.
        """
        if isinstance(operating_point, SteadyState | OperatingPoint | Simulation):
            if params:
                raise ValueError("params cannot be given with an operating point that has numbers of its own")
            if isinstance(operating_point, Simulation):
                return point_in_run(operating_point)
            return operating_point.point if isinstance(operating_point, SteadyState) else operating_point
        model = self.model
        if params or t:
            model = with_numbers(model.cell, model.assembly, params or {}, t)
        if isinstance(operating_point, Present):
            return point_at(model, operating_point)
        if operating_point is None or operating_point == "steady":
            return steady_point(model)
        if operating_point == "initial":
            return initial_point(model)
        if isinstance(operating_point, Hold):
            return steady_point(model, operating_point, at)
        return steady_point(model, Hold(_holding(operating_point)), at)

    def impedance(
        self,
        at: Any,
        frequencies: ArrayLike,
        *,
        gates: str = "active",
        operating_point: Where = None,
        params: Mapping[str, Any] | None = None,
        t: float = 0.0,
        check: bool = True,
    ) -> Impedance:
        """Measure; the arguments are those of `impedance`.

        **Arguments:** `check`: whether to find out too if the point is stable, which takes as long again.
        """
        if gates not in ("active", "frozen"):
            raise ValueError(f"gates = {gates!r}: give 'active' or 'frozen'")
        at, wanted = as_location(at), checked_frequencies(frequencies)
        self.model.node(at)
        point = self.point(operating_point, at, params, t)
        found = responses(point, at, wanted, frozen=gates == "frozen")
        warnings = [point.warning()] if point.warning() else []
        if check and gates == "active" and point.steady and (grown := growing(point)):
            warnings.append(
                f"the operating point is unstable: {grown} of its modes grow, so that the cell leaves it by itself. "
                "The response is that of the equations, and not one that an experiment would find"
            )
        return Impedance(at, wanted, gates, point, tuple(warnings), _responses=found)


def impedance(
    cell: Cell,
    at: Any,
    frequencies: ArrayLike,
    protocol: Protocol | None = None,
    *,
    celsius: Any = None,
    v_init: Any = None,
    gates: str = "active",
    operating_point: Where = None,
    params: Mapping[str, Any] | None = None,
    t: float = 0.0,
) -> Impedance:
    """Measure how a cell's voltage answers to small sines of current.

    The whole model is linearised exactly where it stands, and solved at all frequencies at once.

    **Arguments:**

    - `at`: the electrode, such as `soma(0.5)`.
    - `frequencies`: Hz; 0 is a steady current.
    - `protocol`: stimuli that are added to the cell's; its `v_init` and `celsius` hold unless given here.
    - `celsius`: degC; `v_init`: mV, where the model starts.
    - `gates`: `"active"`: gates, concentrations and synapses follow the voltage; `"frozen"`: they stay.
    - `operating_point`: None or `"steady"`, the steady state reached from `v_init`; `"initial"`, all voltages at
      `v_init` and states as they start; a voltage in mV, at which a clamp at the electrode holds the cell, or `Hold`;
      a `Simulation` that has run to some time; or what `steady_state` found.
    - `params`: parameters by name, as for `Simulation.batch`.
    - `t`: ms, the time at which stimuli are taken.

    Where the point is not steady, or unstable, a warning says so, and `warnings` of what is returned.

    **Raises:** NoSteadyState where the model does not come to rest; ValueError for a mechanism without a derivative;
    KeyError for an unknown section or parameter.

    >>> import rheobase as rb
    >>> cell = rb.Cell("soma")
    >>> soma = cell.add_section("soma", L=20, diam=20)
    >>> _ = soma.insert("hh")
    >>> z = impedance(cell, soma(0.5), [0, 70])
    >>> abs(z.input()).round(1).tolist()
    [68.0, 192.2]
    """
    analyser = ImpedanceAnalyser(cell, protocol, celsius=celsius, v_init=v_init)
    z = analyser.impedance(at, frequencies, gates=gates, operating_point=operating_point, params=params, t=t)
    for warning in z.warnings:
        warn(warning, UnsteadyWarning, stacklevel=2)
    return z


def _holding(value: Any) -> float:
    if isinstance(value, str) and value.isalpha():
        raise ValueError(f"operating_point = {value!r}: give 'steady', 'initial', a holding potential or a simulation")
    return to_float(value, "mV", "the holding potential")
