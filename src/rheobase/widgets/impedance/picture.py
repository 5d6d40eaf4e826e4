"""What the page draws of the impedances: rows of numbers with their names, colours and units."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from rheobase.analysis import ElectrotonicTree, Impedance
from rheobase.model import Location
from rheobase.widgets.electrodes import COLOURS
from rheobase.widgets.impedance.asked import Asked

Floats = NDArray[np.float64]

_A, _B = COLOURS[0], COLOURS[1]
_MEGOHM, _DEGREES = "MΩ", "°"

# What colours the cell: the quantity in `analysis`, its words and its unit.
_COLOURED = {
    "input": ("input", "|Z| input", _MEGOHM),
    "transfer": ("transfer", "|Z| transfer", _MEGOHM),
    "ratio": ("ratio_out", "V ratio", ""),
    "attenuation_out": ("attenuation_out", "log att. out", ""),
    "attenuation_in": ("attenuation_in", "log att. in", ""),
    "phase": ("transfer_phase", "phase", _DEGREES),
}
# What is drawn along the path: title, unit, and each curve's quantity, name and colour.
_PROFILES: dict[str, tuple[str, str, tuple[tuple[str, str, str], ...]]] = {
    "impedance": ("|Z|", _MEGOHM, (("input", "input there", _A), ("transfer", "transfer from A", _B))),
    "ratio": ("V ratio", "1", (("ratio_out", "there / A", _A), ("ratio_in", "A / there", _B))),
    "attenuation": ("Log attenuation", "1", (("attenuation_out", "from A", _A), ("attenuation_in", "to A", _B))),
    "phase": ("Phase", "degrees", (("input_phase", "input there", _A), ("transfer_phase", "transfer from A", _B))),
}
_TITLES = {"impedance": ("Impedance", _MEGOHM), "ratio": ("Voltage ratio", ""), "attenuation": ("Log attenuation", "")}
_ROUNDING = 1e-12
_LEAST_SPAN = 1e-6  # of the size of the values: colours that differ by less are one


@dataclass(frozen=True, eq=False)
class Picture:
    """One answer as the page shows it.

    - `values`, `label`, `unit`, `limits`: the colours of the cell.
    - `curves`: float32 rows: frequencies, then a magnitude and a phase of each line; `against`, what they are of.
    - `profile`: float32 rows: distances, then each curve.
    - `shape`: float32 (pieces, 4), int32 (pieces,) the segment of each, and what is drawn.
    """

    result: Impedance
    against: str
    values: Floats
    label: str
    unit: str
    limits: tuple[float, float]
    curves: bytes
    curves_info: dict[str, Any]
    profile: bytes
    profile_info: dict[str, Any]
    shape: tuple[bytes, bytes, dict[str, Any]]
    notice: str


def picture_of(z: Impedance, asked: Asked, to: Location) -> Picture:
    """Draw `z` as it is asked for, with the voltage read at `to`."""
    here = z.at_frequencies([asked.frequency])
    name, words, unit = _COLOURED[asked.quantity]
    values = here.values(name, asked.frequency)
    if unit == _DEGREES:
        values = np.degrees(values)
    values = np.where(np.abs(values) < _ROUNDING, 0.0, values)
    curves, curves_info = _curves(z, here, asked, to)
    profile, profile_info = _profile(here, asked, to)
    return Picture(
        result=z,
        against=asked.against,
        values=values,
        label=f"{words}, {asked.frequency:.4g} Hz",
        unit=unit,
        limits=_limits(values),
        curves=curves,
        curves_info=curves_info,
        profile=profile,
        profile_info=profile_info,
        shape=_shape(here.electrotonic_tree(asked.frequency), asked),
        notice=notice_of(z),
    )


def notice_of(z: Impedance) -> str:
    """What is to be known about the operating point, in words."""
    if not z.point.steady:
        return (
            f"Not steady: {z.point.motion()}. What is shown holds at that instant only; "
            "choose Rest for the state in which the model stays."
        )
    return " ".join(f"{text[:1].upper()}{text[1:]}." for text in z.warnings)


def _curves(z: Impedance, here: Impedance, asked: Asked, to: Location) -> tuple[bytes, dict[str, Any]]:
    """Magnitude and phase of each line over all frequencies, and at the chosen one."""

    def lines(of: Impedance) -> list[tuple[str, str, str, Floats, Floats]]:
        if asked.against == "impedance":
            own, across = of.input(), of.transfer(to)
            return [
                ("A", "input", _A, np.abs(own), np.angle(own)),
                ("A→B", "transfer", _B, np.abs(across), np.angle(across)),
            ]
        out, back = of.ratio(to, "out"), of.ratio(to, "in")
        if asked.against == "ratio":
            return [
                ("A→B", "V(B) / V(A)", _A, np.abs(out), np.angle(out)),
                ("B→A", "V(A) / V(B)", _B, np.abs(back), np.angle(back)),
            ]
        return [
            ("A→B", "out", _A, of.attenuation(to, "out"), np.angle(out)),
            ("B→A", "in", _B, of.attenuation(to, "in"), np.angle(back)),
        ]

    rows: list[Floats] = [z.frequencies]
    info = []
    for (letter, name, colour, size, angle), (*_, size_here, angle_here) in zip(lines(z), lines(here), strict=True):
        smooth = np.unwrap(angle)
        near = np.interp(np.log(asked.frequency), np.log(z.frequencies), smooth)
        turns = np.round((near - angle_here[0]) / (2 * np.pi))
        rows += [size, np.degrees(smooth)]
        at = [float(size_here[0]), float(np.degrees(angle_here[0] + 2 * np.pi * turns))]
        info.append({"letter": letter, "name": name, "colour": colour, "at": at})
    title, unit = _TITLES[asked.against]
    return _packed(rows), {
        "title": title,
        "unit": unit,
        "lines": info,
        "frequency": asked.frequency,
        "samples": len(z.frequencies),
    }


def _profile(here: Impedance, asked: Asked, to: Location) -> tuple[bytes, dict[str, Any]]:
    table = here.along(to, frequency=asked.frequency)
    title, unit, curves = _PROFILES[asked.profile]
    rows = [table["distance"].to_numpy()]
    for name, _, _ in curves:
        row = table[name].to_numpy()
        rows.append(np.degrees(np.unwrap(row)) if name.endswith("phase") else row)
    return _packed(rows), {
        "title": title,
        "unit": unit,
        "curves": [{"name": words, "colour": colour} for _, words, colour in curves],
    }


def _shape(tree: ElectrotonicTree, asked: Asked) -> tuple[bytes, bytes, dict[str, Any]]:
    """The pieces of the electrotonic shape, each with the segment that its colour is of; a bare joint has -1."""
    nodes, above = tree.order, tree.above[tree.order]
    segment = tree.model.assembly.grid.nearest
    dendrogram = asked.rendering == "dendrogram"
    if dendrogram:
        x, y = tree.attenuation(asked.direction), tree.rank
        joints = np.stack([x[above], y[above], x[above], y[nodes]], axis=1)
        joints = joints[y[above] != y[nodes]]
        pieces = np.stack([x[above], y[nodes], x[nodes], y[nodes]], axis=1)
    else:
        x, y = tree.transform(asked.direction)[:, :2].T
        joints = np.empty((0, 4))
        pieces = np.stack([x[above], y[above], x[nodes], y[nodes]], axis=1)
    # The electrode's own segment has no length here; it stands for itself as a point.
    point = np.array([[x[tree.root], y[tree.root], x[tree.root], y[tree.root]]])
    segments = np.concatenate([np.full(len(joints), -1), segment[[tree.root]], segment[nodes]])
    direction = "from A" if asked.direction == "out" else "to A"
    return (
        _packed(np.concatenate([joints, point, pieces])),
        np.ascontiguousarray(segments, dtype=np.int32).tobytes(),
        {"label": f"log attenuation {direction} at {asked.frequency:.4g} Hz", "dendrogram": dendrogram},
    )


def _packed(rows: ArrayLike) -> bytes:
    return np.ascontiguousarray(rows, dtype=np.float32).tobytes()


def _limits(values: Floats) -> tuple[float, float]:
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    room = max(_LEAST_SPAN * max(abs(low), abs(high)), 1e-9)
    return (low, high) if high - low > room else (low - room, high + room)
