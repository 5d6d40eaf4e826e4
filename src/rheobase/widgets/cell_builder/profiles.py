"""The profiles page: a parameter that varies over a place as a function of where a segment is."""

import re
from typing import Any, get_args

import numpy as np
import traitlets

from rheobase.expressions import Expression
from rheobase.mechanisms import Parameter
from rheobase.model import Location, Profile
from rheobase.model.metric import Normalise, Offset
from rheobase.model.precedence import Resolved
from rheobase.model.profile import METRICS
from rheobase.model.profile_kinds import Along, Linear, Table
from rheobase.widgets.actions import action, words
from rheobase.widgets.cell_builder.membrane import range_parameters
from rheobase.widgets.cell_builder.painting import PaintedPage
from rheobase.widgets.cell_builder.profile_forms import (
    FORMS,
    begun,
    coefficient_fields,
    measure_of,
    rescaled,
    turned_into,
)
from rheobase.widgets.cell_builder.standing import Standing, forget_here, own_assignment, set_here, standing
from rheobase.widgets.channel_edits import points_of
from rheobase.widgets.choices import choices
from rheobase.widgets.quantities import number_in_words

_CHOICES = {"metric": METRICS, "offset": get_args(Offset), "normalise": get_args(Normalise)}
_PLACE = re.compile(r"\s*(?P<section>[^()\s]{1,220})\s*\(\s*(?P<x>[^()\s]{1,40})\s*\)\s*")


class ProfilesPage(PaintedPage):
    """A parameter of a place as a function `f(p)`.

    - `profile`: the `target`, the other `targets` there are, its `kind` (`""` while it is no profile), how p is
      measured (`metric`, `origin`, `direction`, `offset`, `normalise`), the `coefficients` as quantities, the
      `expression` or the `points` of a table, the `code`, and in `note` where else other values hold; `problem`, why p
      cannot be measured.
    - `profile_forms`: the forms that a profile can have.
    - `profile_curve`: float32, four rows: p; f(p); the value of each segment that has this profile's value, at its p;
      and that of each segment that has another. NaN where there is none.
    """

    profile: Any = traitlets.Dict().tag(sync=True)
    profile_curve = traitlets.Bytes().tag(sync=True)
    profile_forms: Any = traitlets.List(choices(FORMS)).tag(sync=True)

    _wanted: str  # the parameter that was chosen, also while the place does not have it
    _target: str
    _measure: dict[str, Any]
    _first_coefficients: dict[str, float]

    def __init__(self, *arguments: Any, **traits: Any) -> None:
        self._wanted = self._target = ""
        self._measure = measure_of(Linear(metric="path_distance", intercept=0, slope=1))
        self._first_coefficients = {}
        super().__init__(*arguments, **traits)

    def show_place(self) -> None:
        """Show the place's profile with the rest."""
        super().show_place()
        self.show_profiles()

    def show_profiles(self) -> None:
        """Show the profile of the parameter that is described, and paint what is to be painted."""
        document, place = self.cell.document, self.place
        known = range_parameters(document, place) if self.cell.sections_of(place) else {}
        self._target = self._wanted if self._wanted in known else next(iter(known), "")
        shown: dict[str, Any] = {"place": place, "target": self._target, "targets": list(known), "kind": ""}
        stands = standing(self.cell, place, self._target) if self._target else None
        if stands is None:
            self.profile, self.profile_curve = shown, b""
        else:
            self.profile = {**shown, **self._described(known[self._target], stands)}
        self.paint_again()

    # What a person asks for

    @action("profiles.choose")
    def choose_target(self, target: str) -> None:
        """Describe another parameter."""
        if target not in range_parameters(self.cell.document, self.place):
            raise ValueError(f"{target[:80]!r} is no parameter that varies over {self.place}")
        self._wanted = target
        self.show_profiles()
        self.revision += 1

    @action("profiles.kind")
    def set_kind(self, kind: str) -> None:
        """Make the parameter a profile of that form, as nearly as it was."""
        old, probe = self._assigned(), self._probe()
        low, high = (old or probe).extent(self.cell, self.place)
        if old is None:
            made = begun(kind, self._measure, low, high, self._ends(probe, low, high))
        else:
            made = turned_into(kind, old, low, high)
        self._put(made, f"Make {self._target} of {self.place} {FORMS[kind][0].lower()}")

    @action("profiles.set")
    def set_coefficient(self, key: str, value: float | str, gesture: str = "") -> None:
        """Change one coefficient; all values of one gesture are one step of undo."""
        old, name = self._of_key(key)
        number = value if isinstance(value, str) else float(value)
        changed = old.with_coefficients(**{name: _plain(number, name)})
        self._put(changed, f"Set {name} of {self._target} of {self.place}", key, gesture)

    @action("profiles.set.reset")
    def reset_coefficient(self, key: str) -> None:
        """Give a coefficient the value back that this page showed first."""
        self.set_coefficient(key, self._first_coefficients[key])

    @action("profiles.measure")
    def set_measure(self, field: str, value: str) -> None:
        """Say how p is measured: `metric`, `origin`, `direction`, `offset` or `normalise`, each by its text."""
        measure = measure_of(self._assigned() or self._probe())
        old = dict(measure)
        if field in _CHOICES:
            if value not in _CHOICES[field]:
                raise ValueError(f"{value[:40]!r} is no {field}; there are {', '.join(_CHOICES[field])}")
            measure[field] = value
            if field == "metric":
                measure["direction"] = measure["direction"] if value == "projection" else None
                if value == "path_distance" and isinstance(measure["origin"], tuple):
                    measure["origin"] = None
        elif field == "origin":
            measure["origin"] = self._origin(value)
        elif field == "direction":
            measure["direction"] = _three(value, "direction") if value.strip() else None
        else:
            raise ValueError(f"{field[:40]!r} is nothing of how p is measured")
        if measure == old:
            return
        profile = self._assigned()
        if profile is None:
            probe = Linear(intercept=0, slope=1, **measure)
            probe.measured(self.cell, self.place)  # what cannot be measured is refused
            self._measure = measure
            self.show_profiles()
            self.revision += 1
            return
        changed = profile.replace(**measure)
        if field == "normalise":
            was, now = profile.extent(self.cell, self.place), changed.extent(self.cell, self.place)
            changed = rescaled(profile, measure, was, now)
        self._put(changed, f"Measure {self._target} of {self.place} by {field}")

    @action("profiles.expression")
    def set_expression(self, text: str) -> None:
        """Give a formula in p; names that are new in it become constants of 1."""
        old = self._assigned() or self._probe()
        known = old.coefficients if isinstance(old, Along) else {}
        names = sorted(Expression(text).names - {"p", "d"})
        constants = tuple((name, known.get(name, 1.0)) for name in names)
        made = Along(expression=text, constants=constants, **measure_of(old))
        self._put(made, f"Formula of {self._target} of {self.place}")

    @action("profiles.table")
    def set_table(self, text: str) -> None:
        """Give points of p and the value, one a line."""
        old = self._assigned() or self._probe()
        p, values = points_of(text, "p and a value")
        self._put(
            Table(distances=tuple(p), values=tuple(values), **measure_of(old)),
            f"Table of {self._target} of {self.place}",
        )

    @action("profiles.remove")
    def remove_profile(self) -> None:
        """Forget the profile, so that a weaker value holds again."""
        with self.cell.edit(f"Reset {self._target} of {self.place}", origin=self.model_id):
            forget_here(self.cell, self.place, self._target)

    @action("profiles.paint")
    def paint(self, what: str) -> None:
        """Paint on the shape the `value` of the parameter, or `p`, or nothing (`""`)."""
        if what not in ("", "value", "p"):
            raise ValueError(f"{what[:40]!r} cannot be painted; there are value and p")
        self.start_painting(what)
        self.revision += 1

    # How it is worked out

    def painted_values(self, what: str) -> tuple[np.ndarray, str, str] | None:
        """The values to paint, one a segment, what they are, and their unit."""
        if not self._target or not self.profile.get("measurable", False):
            return None
        if what == "value":
            unit = Resolved(self.cell.document, self._target).target.unit
            return self.cell.values(self._target), self._target, "" if unit == "1" else unit
        profile = self._assigned() or self._probe()
        values = np.full(self.cell.n_segments, np.nan)
        values[self._mask()] = profile.measured(self.cell, self.place)
        return values, f"p over {self.place}", "um" if profile.normalise == "none" else ""

    def _described(self, parameter: Parameter, stands: Standing) -> dict[str, Any]:
        profile = stands.profile or self._probe()
        shown: dict[str, Any] = {
            "kind": profile.kind if stands.profile is not None else "",
            "unit": "" if parameter.unit == "1" else parameter.unit,
            "doc": parameter.doc,
            "metric": profile.metric,
            "origin": "" if profile.origin is None else _text(profile.origin),
            "direction": "" if profile.direction is None else _text(profile.direction),
            "offset": profile.offset,
            "normalise": profile.normalise,
            "note": stands.words(parameter.unit),
            "number": stands.number,
            "assigned": stands.own is not None,
            "code": "",
            "problem": "",
            "measurable": False,
            "coefficients": [],
            "expression": profile.expression if isinstance(profile, Along) else "",
            "points": _points_text(profile) if isinstance(profile, Table) else "",
        }
        if stands.profile is not None:
            shown["code"] = f"cell[{self.place!r}].set({self._target!r}, rb.{profile!r})"
        try:
            span = profile.extent(self.cell, self.place)
            self.profile_curve = self._curve(profile, stands, span)
        except (ValueError, KeyError) as error:
            self.profile_curve = b""
            return {**shown, "problem": words(error)}
        if stands.profile is not None:
            shown["coefficients"] = coefficient_fields(
                profile, self.place, self._target, parameter, span, self._first_coefficients
            )
        return {**shown, "measurable": True, "low": span[0], "high": span[1]}

    def _curve(self, profile: Profile, stands: Standing, span: tuple[float, float]) -> bytes:
        """The curve and the segments on one ascending axis."""
        p = profile.measured(self.cell, self.place)
        values = self.cell.values(self._target)[self._mask()]
        holds = self._holding(stands)
        there = np.isfinite(values)
        p, values, holds = p[there], values[there], holds[there]
        low, high = span
        grid, f = profile.curve(low, high if high > low else low + 1.0)
        if stands.profile is None:
            f = np.full_like(grid, np.nan)
            at_segments = np.full_like(p, np.nan)
        else:
            at_segments = np.asarray(profile.evaluate(profile.coefficients, p), dtype=float)
        none = np.full_like(grid, np.nan)
        rows = np.stack(
            [
                np.concatenate([grid, p]),
                np.concatenate([f, at_segments]),
                np.concatenate([none, np.where(holds, values, np.nan)]),
                np.concatenate([none, np.where(holds, np.nan, values)]),
            ]
        )
        rows = rows[:, np.argsort(rows[0], kind="stable")]
        return rows.astype(np.float32).tobytes()

    def _holding(self, stands: Standing) -> np.ndarray:
        """In which segments of the place what was set for it holds; everywhere, while nothing was."""
        sections = self.cell.document.sections
        names = self.cell.sections_of(self.place)
        counts = [sections[name].nseg for name in names]
        resolved, own = Resolved(self.cell.document, self._target), stands.own
        return np.repeat([own is None or resolved.assignment(name) is own for name in names], counts)

    def _mask(self) -> np.ndarray:
        members = set(self.cell.sections_of(self.place))
        inside = [spec.name in members for spec in self.cell.document.sections.values() for _ in range(spec.nseg)]
        return np.array(inside, dtype=bool)

    def _assigned(self) -> Profile | None:
        own = own_assignment(self.cell.document, self.place, self._target)
        return own.value if own is not None and isinstance(own.value, Profile) else None

    def _probe(self) -> Profile:
        """What measures p while there is no profile."""
        return Linear(intercept=0, slope=1, **self._measure)

    def _ends(self, probe: Profile, low: float, high: float) -> tuple[float, float]:
        """Where the parameter begins and ends over p: its one value, or the straight line through all it has."""
        p = probe.measured(self.cell, self.place)
        values = self.cell.values(self._target)[self._mask()]
        p, values = p[np.isfinite(values)], values[np.isfinite(values)]
        least, most = float(values.min()), float(values.max())
        if least == most or np.ptp(p) == 0:
            return float(values[0]), float(values[0])
        slope, intercept = np.polyfit(p, values, 1)
        first, last = (float(np.clip(intercept + slope * end, least, most)) for end in (low, high))
        return first, last

    def _put(self, profile: Profile, title: str, key: str = "", gesture: str = "") -> None:
        self._wanted = self._target
        coalesce = (self.model_id, key, gesture) if gesture else None
        with self.cell.edit(title, coalesce=coalesce, origin=self.model_id):
            set_here(self.cell, self.place, self._target, profile)

    def _of_key(self, key: str) -> tuple[Profile, str]:
        place, target, kind, name = key.split("|")
        profile = self._assigned()
        if (place, target) != (self.place, self._target) or profile is None or profile.kind != kind:
            raise ValueError(f"{target} of {place} is no such profile any more")
        return profile, name

    def _origin(self, text: str) -> Location | tuple[float, float, float] | None:
        if not text.strip():
            return None
        found = _PLACE.fullmatch(text)
        if found is None:
            return _three(text, "origin")
        section = self.cell.section(found["section"])
        try:
            return section(float(found["x"]))
        except ValueError:
            raise ValueError(f"{found['x']!r} is no place on {section.name}: give a number from 0 to 1") from None


def _three(text: str, what: str) -> tuple[float, float, float]:
    try:
        x, y, z = (float(part) for part in text.replace("(", " ").replace(")", " ").replace(",", " ").split())
    except ValueError:
        remedy = "a place such as soma(0.5), or three numbers x, y, z in um" if what == "origin" else "three numbers"
        raise ValueError(f"{what} = {text[:60]!r}: give {remedy}") from None
    return x, y, z


def _text(value: Any) -> str:
    return ", ".join(map(number_in_words, value)) if isinstance(value, tuple) else repr(value)


def _points_text(profile: Table) -> str:
    pairs = zip(profile.distances, profile.values, strict=True)
    return "\n".join(f"{number_in_words(d)}  {number_in_words(value)}" for d, value in pairs)


def _plain(value: float | str, name: str) -> float:
    try:
        return float(value)
    except ValueError:
        raise ValueError(f"{name} = {str(value)[:40]!r}: must be a number") from None
