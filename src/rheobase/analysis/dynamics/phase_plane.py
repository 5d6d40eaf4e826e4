"""The phase plane of a single compartment: nullclines, fixed points, the vector field and trajectories."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from rheobase.analysis.dynamics.operating_point import compile_model
from rheobase.analysis.dynamics.reduced import Reduced, reduce, solved
from rheobase.analysis.experiments import call, with_electrode
from rheobase.figures import COLOURS, FAINT, line, new_figure, with_unit
from rheobase.mechanisms import IClamp
from rheobase.model import Cell
from rheobase.simulate import Results
from rheobase.units import to_float

if TYPE_CHECKING:
    import pandas as pd
    import plotly.graph_objects as go

Floats = NDArray[np.float64]

_FOREVER = 1e12  # ms
_NEWTON = 40
_CENTRE = 1e-9  # of a pair's size: a real part smaller than this is none
_ARROWS = 22  # along each axis
_RANGES = {"mV": (-95.0, 60.0), "mM": (0.0, 1e-3)}


@dataclass(frozen=True, eq=False)
class FixedPoint:
    """A point at which both rates vanish.

    **Fields:**

    - `x`, `y`. `state`: all unknowns there, by name.
    - `eigenvalues`: per ms, of the two equations linearised there, and `kind`, what they make of it: `"stable node"`,
      `"unstable focus"`, `"saddle"`, ...
    - `whole`: the eigenvalues of the model with all of its unknowns, where this point is one of its own; else None.
    """

    x: float
    y: float
    state: Mapping[str, float]
    eigenvalues: NDArray[np.complex128]
    kind: str
    whole: NDArray[np.complex128] | None

    @property
    def stable(self) -> bool:
        """Whether the two equations come back after a small push."""
        return bool((self.eigenvalues.real < 0).all())

    @property
    def whole_stable(self) -> bool | None:
        """Whether the whole model does; None where this is no fixed point of it."""
        return None if self.whole is None else bool((self.whole.real < 0).all())


@dataclass(frozen=True, eq=False, repr=False)
class PhasePlane:
    """The phase plane of two unknowns: see `phase_plane`.

    **Fields:**

    - `x`, `y`: the names of the axes, `units`, theirs; `x_values`: `(nx,)`, `y_values`: `(ny,)`.
    - `dx`, `dy`: the rates per ms, `(ny, nx)`.
    - `x_nullcline`, `y_nullcline`: lines on which the rate of x, or y, vanishes, each `(points, 2)`.
    - `fixed_points`; `others`: what each other unknown does; `current`: nA.
    - `equations`: the two equations. `code`: the call that gave it.
    """

    x: str
    y: str
    units: tuple[str, str]
    x_values: Floats
    y_values: Floats
    dx: Floats
    dy: Floats
    x_nullcline: tuple[Floats, ...]
    y_nullcline: tuple[Floats, ...]
    fixed_points: tuple[FixedPoint, ...]
    others: Mapping[str, str]
    current: float
    equations: Reduced
    code: str

    def trajectory(self, x: float, y: float, tstop: float = 50.0, *, rtol: float = 1e-6) -> "pd.DataFrame":
        """Follow the two equations from a point.

        **Returns:** a DataFrame of both unknowns, with time in ms as index.

        **Raises:** ValueError where they lead to what has no steady state.
        """
        import pandas as pd
        from scipy.integrate import solve_ivp

        found = solve_ivp(
            lambda _, point: self.equations.rates(point[None])[0],
            (0.0, float(tstop)),
            [float(x), float(y)],
            method="LSODA",
            rtol=rtol,
            atol=1e-9,
        )
        if not found.success or not np.isfinite(found.y).all():
            raise ValueError(
                f"the trajectory from {self.x} = {x:g}, {self.y} = {y:g} could not be followed: {found.message}"
            )
        return pd.DataFrame({self.x: found.y[0], self.y: found.y[1]}, index=pd.Index(found.t, name="t"))

    def of_run(self, results: Results) -> "pd.DataFrame":
        """The trajectory of a run in which both unknowns were recorded. **Raises:** KeyError where they were not."""
        import pandas as pd

        found = {}
        for name in (self.x, self.y):
            rows = [each for each in results.recordables if name in (each.variable, each.label)]
            if not rows:
                raise KeyError(f"{name} was not recorded; record it, as in record=[soma(0.5)[{name!r}]]")
            found[name] = results[rows[0]]
        return pd.DataFrame(found, index=pd.Index(results.t, name="t"))

    def to_dataframe(self) -> "pd.DataFrame":
        """Give one row a point of the grid: both unknowns and their rates per ms."""
        import pandas as pd

        x, y = np.meshgrid(self.x_values, self.y_values)
        columns = {self.x: x.ravel(), self.y: y.ravel()}
        return pd.DataFrame({**columns, f"d{self.x}/dt": self.dx.ravel(), f"d{self.y}/dt": self.dy.ravel()})

    def points(self) -> "pd.DataFrame":
        """Give one row a fixed point: where it is, its `kind`, eigenvalues, and whether the whole model is stable."""
        import pandas as pd

        rows = [
            {
                self.x: point.x,
                self.y: point.y,
                "kind": point.kind,
                "eigenvalue 1": point.eigenvalues[0],
                "eigenvalue 2": point.eigenvalues[1],
                "stable": point.stable,
                "stable as a whole": point.whole_stable,
            }
            for point in self.fixed_points
        ]
        columns = [self.x, self.y, "kind", "eigenvalue 1", "eigenvalue 2", "stable", "stable as a whole"]
        return pd.DataFrame(rows, columns=columns)

    def figure(self, trajectories: Iterable["pd.DataFrame | Results"] = ()) -> "go.Figure":
        """Draw nullclines, fixed points and the direction of motion, with trajectories laid over.

        **Arguments:** `trajectories`: those that `trajectory` gave, or results of runs.
        """
        figure = new_figure(with_unit(self.x, self.units[0]), with_unit(self.y, self.units[1]), height=520)
        figure.add_trace(self._arrows())
        for name, cline, k in ((self.x, self.x_nullcline, 1), (self.y, self.y_nullcline, 0)):
            joined = np.concatenate([np.vstack([part, [np.nan, np.nan]]) for part in cline] or [np.empty((0, 2))])
            figure.add_trace(line(joined[:, 0], joined[:, 1], f"{name} nullcline", k))
        for k, each in enumerate(trajectories, start=2):
            path = self.of_run(each) if isinstance(each, Results) else each
            figure.add_trace(line(path[self.x], path[self.y], f"trajectory {k - 1}", k, hovertext=_times(path.index)))
        for point in self.fixed_points:
            marker = {
                "size": 11,
                "color": COLOURS[6] if point.stable else "white",
                "symbol": "diamond" if point.kind == "saddle" else "circle",
                "line": {"color": COLOURS[6], "width": 2},
            }
            told = "<br>".join(f"{value:.4g} per ms" for value in point.eigenvalues)
            figure.add_trace(line([point.x], [point.y], point.kind, 6, mode="markers", marker=marker, hovertext=[told]))
        figure.update_xaxes(range=[self.x_values[0], self.x_values[-1]])
        figure.update_yaxes(range=[self.y_values[0], self.y_values[-1]])
        return figure

    def _arrows(self) -> "go.Scatter":
        """Arrows of one length in the direction of motion, as it appears on a plot that is as high as wide."""
        rows, columns = (np.linspace(0, n - 1, min(n, _ARROWS)).round().astype(int) for n in self.dx.shape)
        x, y = np.meshgrid(self.x_values[columns], self.y_values[rows])
        right = self.dx[np.ix_(rows, columns)] / np.ptp(self.x_values)
        up = self.dy[np.ix_(rows, columns)] / np.ptp(self.y_values)
        moves = np.hypot(right, up) > 0
        marker = {
            "symbol": "arrow",
            "angle": np.degrees(np.arctan2(right, up))[moves],
            "size": 8,
            "color": FAINT,
            "opacity": 0.7,
        }
        return line(x[moves], y[moves], "motion", 0, mode="markers", marker=marker, hoverinfo="skip", showlegend=False)

    def __repr__(self) -> str:
        kinds = ", ".join(f"{point.kind} at {point.x:.4g}" for point in self.fixed_points) or "no fixed point"
        return f"<PhasePlane of {self.x} and {self.y} at {self.current:g} nA: {kinds}>"


def phase_plane(
    cell: Cell,
    x: str = "v",
    y: str = "hh.n",
    *,
    others: str | Mapping[str, Any] = "steady",
    current: Any = 0.0,
    x_range: tuple[float, float] | None = None,
    y_range: tuple[float, float] | None = None,
    points: int = 121,
    celsius: Any = None,
    v_init: Any = None,
    keep_electrodes: bool = False,
) -> PhasePlane:
    """Draw up the phase plane of two unknowns of a single compartment.

    **Arguments:**

    - `x`, `y`: `"v"`, a state such as `"hh.n"`, or a concentration that moves, `"cai"`.
    - `others`: what all other unknowns do: `"steady"`, each at its steady state under these two; `"frozen"`, as they
      start at `v_init`; or a dictionary that tells it of each by name, where numbers, and formulas in the two such as
      `{"hh.h": "0.8 - n"}`, are possible too; those it does not name are steady.
    - `current`: nA, into the cell. `x_range`, `y_range`: by default -95 to 60 mV for a voltage and 0 to 1 for a gate.
    - `points`: of the grid along each axis. `celsius`: degC. `v_init`: mV.
    - `keep_electrodes`: whether clamps on the cell stay; they are taken as they are at time 0.

    **Raises:** ValueError for a cell of several compartments or a mechanism without a derivative, KeyError for an
    unknown name.

    >>> import rheobase as rb
    >>> cell = rb.Cell("patch")
    >>> _ = cell.add_section("soma", L=20, diam=20).insert("hh")
    >>> rb.phase_plane(cell, "v", "hh.n", others={"hh.h": "0.83 - n"})
    <PhasePlane of v and hh.n at 0 nA: stable focus at -65.12>
    """
    if points < 8:
        raise ValueError(f"points = {points!r}: give a whole number of at least 8")
    amp = to_float(current, "nA", "current")
    if not cell.sections:
        raise ValueError(f"cell {cell.name!r} has no sections; add one with add_section(name, L=..., diam=...)")
    middle = cell.sections[0](0.5)
    clamped, _ = with_electrode(cell, middle, IClamp(0, _FOREVER, amp), keep_electrodes=keep_electrodes)
    equations = reduce(compile_model(clamped, celsius=celsius, v_init=v_init), x, y, others)
    names, units = equations.names, equations.units
    axes, start = equations.axes, equations.start
    xs = np.linspace(*_range("x_range", x_range, units[axes[0]], start[axes[0]]), points)
    ys = np.linspace(*_range("y_range", y_range, units[axes[1]], start[axes[1]]), points)
    rates = equations.rates(np.stack(np.meshgrid(xs, ys), axis=-1).reshape(-1, 2)).reshape(points, points, 2)
    dx, dy = rates[..., 0], rates[..., 1]
    clines = [_zeros(xs, ys, each) for each in (dx, dy)]
    told = {name: _told(name, others) for name in names if name not in (x, y)}
    options: dict[str, Any] = {"x": x, "y": y, "others": others, "current": amp}
    options |= {key: value for key, value in {"celsius": celsius, "v_init": v_init}.items() if value is not None}
    return PhasePlane(
        x=x,
        y=y,
        units=(units[axes[0]], units[axes[1]]),
        x_values=xs,
        y_values=ys,
        dx=dx,
        dy=dy,
        x_nullcline=clines[0],
        y_nullcline=clines[1],
        fixed_points=_fixed_points(equations, xs, ys, rates),
        others=told,
        current=amp,
        equations=equations,
        code=call("rb.phase_plane", **options),
    )


def _zeros(xs: Floats, ys: Floats, rates: Floats) -> tuple[Floats, ...]:
    """The lines on which a rate vanishes."""
    from contourpy import contour_generator

    found: Any = contour_generator(xs, ys, np.ma.masked_invalid(rates)).lines(0.0)
    return tuple(found)


def _range(name: str, given: tuple[float, float] | None, unit: str, start: float) -> tuple[float, float]:
    if given is None:
        low, high = _RANGES.get(unit, (0.0, 1.0))
        return low, max(high, 5 * float(start)) if unit not in ("mV", "") else high
    low, high = (float(value) for value in given)
    if not (np.isfinite([low, high]).all() and low < high):
        raise ValueError(f"{name} = {given!r}: give a lower and a higher number")
    return low, high


def _told(name: str, others: str | Mapping[str, Any]) -> str:
    return others if isinstance(others, str) else str(others.get(name, "steady"))


def _times(t: Any) -> list[str]:
    return [f"{time:.4g} ms" for time in t]


def _fixed_points(equations: Reduced, xs: Floats, ys: Floats, rates: Floats) -> tuple[FixedPoint, ...]:
    """The fixed points on the grid, from left to right: where both rates change sign in a square, then by Newton."""
    low = np.minimum.reduce([rates[:-1, :-1], rates[1:, :-1], rates[:-1, 1:], rates[1:, 1:]])
    high = np.maximum.reduce([rates[:-1, :-1], rates[1:, :-1], rates[:-1, 1:], rates[1:, 1:]])
    row, column = np.nonzero(((low <= 0) & (high >= 0)).all(axis=-1))
    guess = np.column_stack([(xs[column] + xs[column + 1]) / 2, (ys[row] + ys[row + 1]) / 2])
    cell = np.array([xs[1] - xs[0], ys[1] - ys[0]])
    if not len(guess):
        return ()
    at = guess.copy()
    for _ in range(_NEWTON):
        step = _newton_step(equations, at)
        at = at - np.clip(step, -cell, cell)
        settled = (np.abs(step) < 1e-9 * np.maximum(np.abs(at), cell)).all(axis=1)
        if (settled | np.isnan(step).any(axis=1)).all():
            break
    inside = ((at >= [xs[0], ys[0]]) & (at <= [xs[-1], ys[-1]])).all(axis=1)
    found: list[Floats] = []
    for point in at[settled & inside]:
        if all((np.abs(point - other) > 1e-6 * cell).any() for other in found):
            found.append(point)
    found.sort(key=tuple)
    return tuple(_fixed_point(equations, point) for point in found)


def _newton_step(equations: Reduced, at: Floats) -> Floats:
    rates, slopes = equations.rates(at), equations.jacobian(at)
    return solved(slopes, rates[..., None])[..., 0]


def _fixed_point(equations: Reduced, point: Floats) -> FixedPoint:
    eigenvalues = np.linalg.eigvals(equations.jacobian(point[None])[0]).astype(complex)
    eigenvalues = eigenvalues[np.argsort(-eigenvalues.real)]
    state = equations.completed(point[None])[0]
    whole = None
    if len(equations.steady) == len(equations.names) - 2:
        whole = np.linalg.eigvals(equations.whole_jacobian(state[None])[0]).astype(complex)
        whole = whole[np.argsort(-whole.real)]
    named = dict(zip(equations.names, state.tolist(), strict=True))
    return FixedPoint(float(point[0]), float(point[1]), named, eigenvalues, kind_of(eigenvalues), whole)


def kind_of(eigenvalues: NDArray[np.complex128]) -> str:
    """What a fixed point of two equations is, by its eigenvalues (Strogatz 1994, Nonlinear Dynamics and Chaos, ch. 6).

    >>> kind_of(np.array([-1 + 2j, -1 - 2j])), kind_of(np.array([1 + 0j, -1 + 0j]))
    ('stable focus', 'saddle')
    """
    first, second = eigenvalues
    small = _CENTRE * np.abs(eigenvalues).max()
    if np.abs(first.imag) > small:
        if np.abs(first.real) <= small:
            return "centre"
        return "stable focus" if first.real < 0 else "unstable focus"
    if np.abs(eigenvalues.real).min() <= small:
        return "degenerate"
    if first.real * second.real < 0:
        return "saddle"
    return "stable node" if first.real < 0 else "unstable node"
