"""The geometry page: how long and wide the sections of a place are, and into how many segments they are cut."""

from collections.abc import Iterable, Sequence
from math import pi
from typing import TYPE_CHECKING, Any

import traitlets

from rheobase.mechanisms import Parameter
from rheobase.model import Section
from rheobase.model.values import MOST_SEGMENTS
from rheobase.units import to_float
from rheobase.widgets.actions import action, words
from rheobase.widgets.cell_builder.places import PlacePage
from rheobase.widgets.quantities import quantity

if TYPE_CHECKING:
    import pandas as pd

_SHAPE = (
    Parameter("L", 100.0, "um", minimum=1e-9, doc="length of a section"),
    Parameter("diam", 1.0, "um", minimum=1e-9, doc="diameter of a section"),
    Parameter("area", 100.0, "um2", minimum=1e-9, doc="membrane area of a section"),
)
_RULES = ("d_lambda", "d_X", "nseg")
_NO_RULE = 1e9  # so many length constants a segment that the rule of d_lambda asks for one
_MOST_ROWS = 100


class GeometryPage(PlacePage):
    """The shape of the sections of a place, and their grid.

    - `shape`: how many `sections` there are and how many are `spatial`, with 3-D points; the `fields` of L, diam
      and area, shown as `"one"` number or as `"several"`; the first `rows` of a table of the sections, those with the
      longest segments in units of the length constant first.
    - `grid`: the `rule` that is being tried with its numbers; how many segments there are `now` and would be `after`,
      the longest of them in um and in length constants, and where; or in `problem` why the rule cannot be used.
    """

    shape: Any = traitlets.Dict().tag(sync=True)
    grid: Any = traitlets.Dict().tag(sync=True)

    _rule: dict[str, Any]
    _first_shape: dict[str, float]
    _shown_of: tuple[Any, ...] = ()
    _audited: tuple[tuple[Any, ...], "pd.DataFrame"] | None = None

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._rule = {"rule": "d_lambda", "d_lambda": 0.1, "frequency": 100.0, "d_X": 20.0, "nseg": 1}
        self._first_shape = {}
        super().__init__(*arguments, **traits)

    def show_place(self) -> None:
        """Show the place's shape with the rest."""
        super().show_place()
        self.show_geometry()

    def show_geometry(self) -> None:
        """Show the shape of the place's sections and what the rule would make of their grid."""
        cell = self.cell
        state = (self.place, *self._what_grids_follow())
        if state == self._shown_of:
            return
        self._shown_of = state
        sections = [cell.section(name) for name in cell.sections_of(self.place)]
        spatial = sum(section.spec.points is not None for section in sections)
        self.shape = {
            "sections": len(sections),
            "spatial": spatial,
            "fields": [self._shape_field(parameter, sections) for parameter in _SHAPE] if sections else [],
            "rows": self._rows(sections),
        }
        self.show_grid()

    def show_grid(self) -> None:
        """Show what the rule that is being tried would make of the grid."""
        rule, names = self._rule, list(self.cell.sections_of(self.place))
        shown: dict[str, Any] = {**rule, "now": None, "after": None, "problem": ""}
        if names:
            try:
                frame = self._audit(rule["frequency"], rule["d_lambda"], None).loc[names]
                shown["now"] = _grid_of(frame, frame["nseg"])
                after = self._counts(frame)
                if max(after) > MOST_SEGMENTS:
                    raise ValueError(f"a section has at most {MOST_SEGMENTS} segments: give a larger number")
                shown["after"] = _grid_of(frame, after)
                shown["changes"] = int(sum(a != b for a, b in zip(after, frame["nseg"], strict=True)))
            except ValueError as error:
                shown["problem"] = words(error)
        self.grid = shown

    # What a person asks for

    @action("geometry.set")
    def set_shape(
        self, key: str, value: float | str, gesture: str = "", spatial: bool = False, keep: str = "L"
    ) -> None:
        """Set L, diam, area or nseg of each section of a place, `key` being `place|L`.

        Sections with 3-D points keep them unless `spatial`; an area is reached by the diameter where `keep` is `"L"`,
        else by the length.
        """
        place, _, name = key.partition("|")
        cell = self.cell
        sections = [cell.section(each) for each in cell.sections_of(place)]
        wanted = [each for each in sections if spatial or name == "nseg" or each.spec.points is None]
        if not wanted:
            raise ValueError(f"{place} has 3-D points, which give its {name}: allow that they are changed first")
        coalesce = (self.model_id, key, gesture) if gesture else None
        with cell.edit(f"Set {name} of {place}", coalesce=coalesce, origin=self.model_id):
            if name == "area":
                _set_area(wanted, to_float(value, "um2", f"area of {place}"), keep)
            elif name in ("L", "diam", "nseg"):
                whole = isinstance(value, float) and value.is_integer() and name == "nseg"
                cell[[each.name for each in wanted]].set(name, int(value) if whole else value)
            else:
                raise ValueError(f"{name[:40]!r} is nothing of a section's shape that is set here")

    @action("geometry.set.reset")
    def reset_shape(self, key: str) -> None:
        """Give L, diam or area of a place the value that this page showed first."""
        self.set_shape(key, self._first_shape[key])

    @action("geometry.rule")
    def try_rule(self, key: str, value: float | str, gesture: str = "") -> None:
        """Choose the rule to try, or one of its numbers. Nothing of the cell changes."""
        units = {"d_lambda": "1", "frequency": "Hz", "d_X": "um", "nseg": "1"}
        if key == "rule":
            if value not in _RULES:
                raise ValueError(f"{str(value)[:40]!r} is no rule for the grid; there are {', '.join(_RULES)}")
        elif key in units:
            value = to_float(value, units[key], key)
            if not value > 0:
                raise ValueError(f"{key} = {value:g}: must be greater than 0")
            if key == "nseg":
                if not (value.is_integer() and value <= MOST_SEGMENTS):
                    raise ValueError(f"nseg = {value:g}: must be a whole number from 1 to {MOST_SEGMENTS}")
                value = int(value)
        else:
            raise ValueError(f"{key[:40]!r} is no number of a rule for the grid")
        self._rule = {**self._rule, key: value}
        self.show_grid()

    @action("geometry.apply")
    def use_rule(self, place: str) -> None:
        """Cut the sections of a place into segments by the rule that was tried."""
        rule, region = self._rule, self.cell[place]
        with self.cell.edit(f"Grid of {place} by {rule['rule']}", origin=self.model_id):
            if rule["rule"] == "d_lambda":
                region.use_d_lambda(rule["d_lambda"], rule["frequency"])
            elif rule["rule"] == "d_X":
                region.use_d_X(rule["d_X"])
            else:
                region.set("nseg", rule["nseg"])

    # How it is worked out

    def _shape_field(self, parameter: Parameter, sections: Sequence[Section]) -> dict[str, Any]:
        values = [float(getattr(section, parameter.name)) for section in sections]
        low, high, key = min(values), max(values), f"{self.place}|{parameter.name}"
        # Areas of equal sections may differ in their last digits.
        one = high - low <= 1e-9 * high
        first = self._first_shape.setdefault(key, low) if one else low
        distinct = len({f"{value:.9g}" for value in values})
        note = f"{low:.4g} to {high:.4g} {parameter.unit} ({distinct} values)"
        spatial = sum(section.spec.points is not None for section in sections)
        field = quantity(key, parameter, low, default=first)
        return {
            **field,
            "low": field["step"],
            "state": "one" if one else "several",
            "note": "" if one else note,
            "locked": spatial == len(sections),
        }

    def _rows(self, sections: Sequence[Section]) -> list[list[Any]]:
        if not sections:
            return []
        names = [section.name for section in sections]
        frame = self._audit(self._rule["frequency"], self._rule["d_lambda"], None).loc[names]
        known = {section.name: section for section in sections}
        worst = frame["d_lambda"].sort_values(ascending=False, kind="stable").index[:_MOST_ROWS]
        return [
            [
                name,
                known[name].L,
                known[name].diam,
                known[name].area,
                known[name].nseg,
                float(frame["dx"][name]),
                float(frame["d_lambda"][name]),
                known[name].spec.points is not None,
            ]
            for name in worst
        ]

    def _counts(self, frame: "pd.DataFrame") -> list[int]:
        """How many segments the rule gives each section of a frame."""
        rule = self._rule
        if rule["rule"] == "nseg":
            return [rule["nseg"]] * len(frame)
        if rule["rule"] == "d_X":
            frame = self._audit(rule["frequency"], _NO_RULE, rule["d_X"]).loc[frame.index]
        return [int(count) for count in frame["needed"]]

    def _what_grids_follow(self) -> tuple[Any, ...]:
        """What the grid and its measures depend on: the same while nothing of it changed."""
        document = self.cell.document
        cable = tuple(each for each in document.assignments.values() if each.target in ("Ra", "cm"))
        return document.structure_revision, cable

    def _audit(self, frequency: float, d_lambda: float, d_X: float | None) -> "pd.DataFrame":
        key = (*self._what_grids_follow(), frequency, d_lambda, d_X)
        if self._audited is None or self._audited[0] != key:
            self._audited = key, self.cell.audit_segments(frequency, d_lambda, d_X)
        return self._audited[1]


def _grid_of(frame: "pd.DataFrame", counts: Iterable[int]) -> dict[str, Any]:
    """How many segments, and the longest of them in um and in length constants."""
    nseg = [int(count) for count in counts]
    dx = frame["L"] / nseg
    electrotonic = dx / frame["length_constant"]
    return {
        "segments": sum(nseg),
        "dx": float(dx.max()),
        "dx_at": str(dx.idxmax()),
        "d_lambda": float(electrotonic.max()),
        "d_lambda_at": str(electrotonic.idxmax()),
    }


def _set_area(sections: Sequence[Section], area: float, keep: str) -> None:
    """Give each section an area, um2, by its diameter or by its length."""
    if not area > 0:
        raise ValueError(f"area = {area:g} um2: must be greater than 0")
    for section in sections:
        if section.spec.points is not None:
            raise ValueError(
                f"the area of {section.name!r} comes from its 3-D points: set its L or its diam, which scale them"
            )
        if keep == "L":
            section.diam = area / (pi * section.L)
        else:
            section.L = area / (pi * section.diam)
