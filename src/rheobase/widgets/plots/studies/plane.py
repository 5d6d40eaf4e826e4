"""The phase plane, with the run drawn into it."""

from collections.abc import Callable, Iterable, Mapping
from typing import ClassVar

import numpy as np

from rheobase.analysis.dynamics.operating_point import compile_model
from rheobase.analysis.dynamics.phase_plane import FixedPoint, PhasePlane, phase_plane
from rheobase.analysis.dynamics.reduced import unknowns
from rheobase.analysis.models.patch import membrane_patch
from rheobase.figures import with_unit
from rheobase.mechanisms import Parameter
from rheobase.model import Cell
from rheobase.widgets.pictures import thinned
from rheobase.widgets.plots.following import short
from rheobase.widgets.plots.studies.drawing import INK, QUIET, Drawing, Panel, Series, series
from rheobase.widgets.plots.studies.study import Choosing, Number, Situation, Study

_ARROWS = 18  # along each axis
_PREFERRED = ("hh.n",)


class Plane(Study):
    """The phase plane of two unknowns."""

    name, title = "phase_plane", "Phase plane"
    doc = "Nullclines, fixed points and motion of two unknowns of the membrane that was clicked, with the run"
    numbers: ClassVar = {
        "current": Number("Current", Parameter("current", 0.0, "nA", doc="steady current into the cell"))
    }

    def choices(self, situation: Situation) -> dict[str, Choosing]:
        """The unknowns for both axes, and what the others do."""
        names = _names(_alone(situation))
        if not names:
            return {}
        upright = sorted(names[1:], key=lambda name: name not in _PREFERRED)
        return {
            "y": Choosing("Against v", {name: name for name in upright}),
            "others": Choosing("All others", {"steady": "at steady state", "frozen": "as they start"}),
        }

    def draw(
        self,
        situation: Situation,
        values: Mapping[str, float],
        chosen: Mapping[str, str],
        cancelled: Callable[[], bool],
    ) -> Drawing:
        """Nullclines, fixed points and the run."""
        cell = _alone(situation)
        if not _names(cell):
            raise ValueError(f"nothing but the voltage moves at {short(situation.place)}: insert a channel, such as hh")
        run = {name: situation.run[name] for name in ("celsius", "v_init")}
        plane = phase_plane(cell, "v", chosen["y"], others=chosen["others"], current=values["current"], **run)
        here = situation.place if cell is not situation.cell else cell.sections[0](0.5)
        results = situation.make(record=[here.v, here[chosen["y"]]]).run(cancelled=cancelled)
        keep = thinned(len(results.t))
        cline = [
            series(f"d{name}/dt = 0", "line", k, *_joined(parts))
            for name, parts, k in ((plane.x, plane.x_nullcline, 1), (plane.y, plane.y_nullcline, 0))
        ]
        points = [
            series(kind, "points" if stable else "hollow", INK, *zip(*at, strict=True))
            for kind, stable, at in _kinds(plane.fixed_points)
        ]
        drawn = (
            _arrows(plane),
            series("the run", "line", 2, results.values[0][keep], results.values[1][keep]),
            *cline,
            *points,
        )
        low, high = float(plane.y_values[0]), float(plane.y_values[-1])
        panel = Panel(
            plane.y,
            plane.units[1],
            with_unit(plane.x, plane.units[0]),
            drawn,
            x_range=(float(plane.x_values[0]), float(plane.x_values[-1])),
            y_range=(low, high),
        )
        told = ", ".join(f"{each.kind} at {each.x:.4g} mV" for each in plane.fixed_points) or "no fixed point here"
        code = plane.code
        if cell is not situation.cell:
            told = f"{told}, of the membrane at {short(here)} alone"
            place = f"rb.Location({here.section!r}, {here.x!r})"
            code = f"patch = rb.membrane_patch(cell, {place})\nplane = {code.replace('(cell', '(patch', 1)}"
        else:
            code = f"plane = {code}"
        return Drawing((panel,), told, plane, f"{code}\nplane.figure()\n")


def _alone(situation: Situation) -> Cell:
    """The cell itself where it is one compartment, else the membrane of the place."""
    sections = situation.cell.sections
    single = len(sections) == 1 and sections[0].nseg == 1
    return situation.cell if single else membrane_patch(situation.cell, situation.place)


def _names(cell: Cell) -> tuple[str, ...]:
    """What moves beside the voltage, after it; nothing where that is all."""
    names = unknowns(compile_model(cell))
    return names if len(names) > 1 and names[0] == "v" else ()


def _joined(parts: tuple[np.ndarray, ...]) -> np.ndarray:
    """Several lines as one that is broken between them: x and y."""
    broken = [np.vstack([part, [np.nan, np.nan]]) for part in parts]
    return np.concatenate(broken or [np.empty((0, 2))]).T


def _kinds(points: Iterable[FixedPoint]) -> list[tuple[str, bool, list[tuple[float, float]]]]:
    """Of each kind of fixed point whether it is stable, and where there are such."""
    found: dict[str, tuple[bool, list[tuple[float, float]]]] = {}
    for point in points:
        found.setdefault(point.kind, (point.stable, []))[1].append((point.x, point.y))
    return [(kind, stable, at) for kind, (stable, at) in found.items()]


def _arrows(plane: PhasePlane) -> Series:
    """The direction of motion on a coarse grid."""
    rows, columns = (np.linspace(0, n - 1, min(n, _ARROWS)).round().astype(int) for n in plane.dx.shape)
    x, y = np.meshgrid(plane.x_values[columns], plane.y_values[rows])
    right = plane.dx[np.ix_(rows, columns)] / np.ptp(plane.x_values)
    up = plane.dy[np.ix_(rows, columns)] / np.ptp(plane.y_values)
    moves = np.isfinite(right + up) & (np.hypot(right, up) > 0)
    return series("", "arrows", QUIET, x[moves], y[moves], right[moves], up[moves])
