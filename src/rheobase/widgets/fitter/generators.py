"""The list of what is held against data, runs, functions and fits: in which order, how much each counts, and where."""

import math
from collections.abc import Iterable, Mapping
from typing import Any

import traitlets

from rheobase.fitting import Fit, FitFunction, FitNested, FitRun
from rheobase.fitting.file import plain
from rheobase.fitting.functions import Function
from rheobase.fitting.looking import document_of
from rheobase.fitting.methods import method_named, methods
from rheobase.fitting.values import Match, Nested, Run
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.fitter.searching import SearchTraits
from rheobase.widgets.uploads import Uploads

MOST_BYTES = 64_000_000
"""Of one file that is uploaded: a million samples as text have a third of it."""


class GeneratorTraits(SearchTraits):
    """The runs, and beside them the functions and fits.

    - `generators`: a dictionary each: its `kind`, `name`, `on`, `weight`, what it is in `words`, and a run's `matches`.
    - `error_methods`: the ways to hold a run against data.
    - `most_bytes`: of the largest file that is taken, of a fit or a recording.
    """

    generators: Any = traitlets.List().tag(sync=True)
    error_methods: Any = traitlets.List().tag(sync=True)
    most_bytes = traitlets.Int(MOST_BYTES).tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        self._fit_files = Uploads(MOST_BYTES, "fit")
        super().__init__(source, **traits)
        self.error_methods = [{"name": each.name, "doc": each.description} for each in methods()]

    def follow(self) -> None:
        """List the runs as they are."""
        super().follow()
        document = self.fit.document
        self.generators = [
            *(_told_run(each) for each in document.runs.values()),
            *(_told_function(each) for each in document.functions.values()),
            *(_told_fit(each) for each in document.fits.values()),
        ]

    @action("formula.add")
    def add_formula(self, name: str, formula: str, target: Any = 0.0, scale: Any = 1.0) -> None:
        """Hold a formula of the parameters against a number."""
        if not name.strip() or not formula.strip():
            raise ValueError("give the formula a name, and a formula of the parameters, such as gna / gk")
        self.fit.add_formula(name.strip(), formula.strip(), target=target, scale=scale)

    @action("fit.add")
    def add_fit(self, file: str, text: str, part: int = 0, parts: int = 1) -> None:
        """Take in a part of a file of another fit, and with the last one add its error to that of this one."""
        content = self._fit_files.take(file, text, part, parts)
        if content is None:
            return
        try:
            inner = Fit.of_data(plain(content))
        except ValueError as error:
            raise ValueError(f"{file}: {error}") from None
        document = self.fit.document
        taken = {*document.runs, *document.functions, *document.fits}
        self.fit.add_fit(document.numbered(inner.name) if inner.name in taken else inner.name, inner)

    @action("generator.set")
    def set_generator(self, kind: str, name: str, field: str, value: Any) -> None:
        """Turn a run, a function or a fit `on` or off, or change its `weight`; of a function its `scale`."""
        held = self._held(kind, name)
        if field == "on":
            held.on = bool(value)
        elif field == "weight":
            held.weight = to_float(value, "1", field)
        elif field == "scale" and isinstance(held, FitFunction):
            held.change(scale=to_float(value, "1", field))
        else:
            raise ValueError(f"there is no {str(field)[:40]!r} of a {kind}")

    @action("generator.rename")
    def rename_generator(self, kind: str, name: str, new: str) -> None:
        """Call one otherwise."""
        self._held(kind, name).rename(new.strip())

    @action("generator.clone")
    def clone_generator(self, kind: str, name: str) -> None:
        """Put a copy of one after it."""
        self._held(kind, name).copy()

    @action("generator.move")
    def move_generator(self, kind: str, name: str, by: int) -> None:
        """Move one up or down among those of its kind."""
        self._held(kind, name).move(by)

    @action("generator.remove")
    def remove_generator(self, kind: str, name: str) -> None:
        """Take one out of the fit."""
        self._held(kind, name).remove()

    @action("function.regions")
    def set_function_regions(
        self, name: str, regions: Iterable[Iterable[float]], what: str = "Move", gesture: str = ""
    ) -> None:
        """Give a function other regions; the steps of one `gesture` are undone together."""
        old = self.fit.document.functions.get(name)
        if old is None:
            raise ValueError(f"there is no function {str(name)[:80]!r} in this fit")
        key = ("regions", name, gesture) if gesture else None
        with self.editing(f"{str(what)[:20]} a region of {name}", key) as document:
            document.put(("functions", name), old.replace(regions=_regions(regions)))

    @action("match.set")
    def set_match(self, run: str, index: int, field: str, value: Any) -> None:
        """Change one thing of a match: `on`, `weight`, `scale`, `method`, or an option of the method by its name."""
        old = self._match(run, index)
        if field == "on":
            new = old.replace(on=bool(value))
        elif field in ("weight", "scale"):
            new = old.replace(**{field: to_float(value, "1", field)})
        elif field == "method":
            method_named(value)
            new = old.replace(method=value, options=())
        elif field in method_named(old.method).options:
            options = dict(old.options) | {field: to_float(value, "1", field)}
            new = old.replace(options=tuple(sorted(options.items())))
        else:
            raise ValueError(f"there is no {str(field)[:40]!r} of a match by {old.method}")
        self._put_match(run, index, new, f"Change {new.label}")

    @action("match.remove")
    def remove_match(self, run: str, index: int) -> None:
        """Take a match away."""
        self._match(run, index)
        self.fit.runs[run].remove_match(index)

    @action("match.regions")
    def set_regions(
        self, run: str, index: int, regions: Iterable[Iterable[float]], what: str = "Move", gesture: str = ""
    ) -> None:
        """Give a match other regions `(start, end, weight)`; the steps of one `gesture` are undone together."""
        old = self._match(run, index)
        new = old.replace(regions=_regions(regions))
        key = ("regions", run, index, gesture) if gesture else None
        self._put_match(run, index, new, f"{str(what)[:20]} a region of {old.label}", key)

    def _held(self, kind: str, name: str) -> FitRun | FitFunction | FitNested:
        fit = self.fit
        tables: dict[str, Mapping[str, Any]] = {"run": fit.runs, "function": fit.functions, "fit": fit.fits}
        found: FitRun | FitFunction | FitNested | None = tables.get(kind, {}).get(name)
        if found is None:
            raise ValueError(f"there is no {str(kind)[:20]} {str(name)[:80]!r} in this fit")
        return found

    def _run(self, name: str) -> Run:
        found = self.fit.document.runs.get(name)
        if found is None:
            raise ValueError(f"there is no run {str(name)[:80]!r} in this fit")
        return found

    def _match(self, run: str, index: Any) -> Match:
        matches = self._run(run).matches
        if isinstance(index, bool) or not isinstance(index, int) or not 0 <= index < len(matches):
            raise ValueError(f"run {run!r} has no match {index!r}")
        return matches[index]

    def _put_run(self, run: Run, edit: str, key: Any = None) -> None:
        with self.editing(edit, key) as document:
            document.put(("runs", run.name), run)

    def _put_match(self, run: str, index: int, match: Match, edit: str, key: Any = None) -> None:
        old = self._run(run)
        matches = (*old.matches[:index], match, *old.matches[index + 1 :])
        self._put_run(old.replace(matches=matches), edit, key)


def _regions(regions: Iterable[Iterable[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in region) for region in regions)


def _told_run(run: Run) -> dict[str, Any]:
    return {
        "kind": "run",
        "name": run.name,
        "on": run.on,
        "weight": run.weight,
        "words": _in_words(run),
        "settings": dict(run.settings),
        "matches": [_told(run, index, match) for index, match in enumerate(run.matches)],
    }


def _told_function(function: Function) -> dict[str, Any]:
    wanted = "" if function.x else f" against {function.y[0]:g}"
    return {
        "kind": "function",
        "name": function.name,
        "on": function.on,
        "weight": function.weight,
        "scale": function.scale,
        "words": function.formula + wanted,
        "matches": [],
    }


def _told_fit(nested: Nested) -> dict[str, Any]:
    document = document_of(nested)
    counts = {"run": len(document.runs), "function": len(document.functions), "fit": len(document.fits)}
    held = [f"{count} {kind}{'s' * (count != 1)}" for kind, count in counts.items() if count]
    varied = [each.name for each in document.parameters.values() if each.on]
    return {
        "kind": "fit",
        "name": nested.name,
        "on": nested.on,
        "weight": nested.weight,
        "words": f"{', '.join(held) or 'nothing held'}; varies {', '.join(varied) or 'nothing'}",
        "matches": [],
    }


def _in_words(run: Run) -> str:
    protocol = run.protocol
    stimuli = [f"{process!r} at {where!r}" for where, process in protocol.stimuli]
    return ", ".join([f"{protocol.tstop:g} ms", *stimuli, *(f"{name} = {value:g}" for name, value in run.settings)])


def _told(run: Run, index: int, match: Match) -> dict[str, Any]:
    known = {name: match.option(name, default) for name, default in method_named(match.method).options.items()}
    return {
        "run": run.name,
        "index": index,
        "label": match.recordable.label,
        "method": match.method,
        "on": match.on,
        "weight": match.weight,
        "scale": match.scale,
        "options": {name: value if math.isfinite(value) else None for name, value in known.items()},
    }
