"""The list of runs and of what each is held against: in which order, how much each counts, and where."""

import math
from collections.abc import Iterable
from typing import Any

import traitlets

from rheobase.fitting.functions import Function
from rheobase.fitting.methods import method_named, methods
from rheobase.fitting.values import Match, Run
from rheobase.units import to_float
from rheobase.widgets.actions import action
from rheobase.widgets.fitter.searching import SearchTraits


class GeneratorTraits(SearchTraits):
    """The runs, and beside them the functions and fits.

    - `generators`: a dictionary each: its `kind`, `name`, `on`, `weight`, what it is in `words`, and a run's `matches`.
    - `error_methods`: the ways to hold a run against data.
    """

    generators: Any = traitlets.List().tag(sync=True)
    error_methods: Any = traitlets.List().tag(sync=True)

    def __init__(self, source: Any, **traits: Any) -> None:
        super().__init__(source, **traits)
        self.error_methods = [{"name": each.name, "doc": each.description} for each in methods()]

    def follow(self) -> None:
        """List the runs as they are."""
        super().follow()
        document = self.fit.document
        others = [
            *(_told_function(each) for each in document.functions.values()),
            *(
                {
                    "kind": "fit",
                    "name": each.name,
                    "on": each.on,
                    "weight": each.weight,
                    "words": "a fit",
                    "matches": [],
                }
                for each in document.fits.values()
            ),
        ]
        self.generators = [
            {
                "kind": "run",
                "name": run.name,
                "on": run.on,
                "weight": run.weight,
                "words": _in_words(run),
                "settings": dict(run.settings),
                "matches": [_told(run, index, match) for index, match in enumerate(run.matches)],
            }
            for run in document.runs.values()
        ] + others

    @action("function.set")
    def set_function(self, name: str, field: str, value: Any, kind: str = "function") -> None:
        """Turn a function, or a fit within this one, `on` or off, or change its `weight`; of a function its `scale`."""
        table = "functions" if kind == "function" else "fits"
        old = getattr(self.fit.document, table).get(name)
        if old is None:
            raise ValueError(f"there is no {kind} {str(name)[:80]!r} in this fit")
        if field not in (("on", "weight", "scale") if kind == "function" else ("on", "weight")):
            raise ValueError(f"there is no {str(field)[:40]!r} of a {kind}")
        made = bool(value) if field == "on" else to_float(value, "1", field)
        with self.editing(f"Change {name}") as document:
            document.put((table, name), old.replace(**{field: made}))

    @action("function.remove")
    def remove_function(self, name: str, kind: str = "function") -> None:
        """Take a function, or a fit within this one, out of the fit."""
        found = (self.fit.functions if kind == "function" else self.fit.fits).get(name)
        if found is None:
            raise ValueError(f"there is no {kind} {str(name)[:80]!r} in this fit")
        found.remove()

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

    @action("run.set")
    def set_run(self, name: str, field: str, value: Any) -> None:
        """Turn a run `on` or off, or change its `weight`."""
        if field == "on":
            self._put_run(self._run(name).replace(on=bool(value)), f"Turn {name} {'on' if value else 'off'}")
        elif field == "weight":
            self._put_run(self._run(name).replace(weight=to_float(value, "1", "weight")), f"Weigh {name}")
        else:
            raise ValueError(f"there is no {str(field)[:40]!r} of a run")

    @action("run.rename")
    def rename_run(self, name: str, new: str) -> None:
        """Call a run otherwise."""
        new = new.strip()
        if new == name:
            return
        if new in self.fit.document.runs:
            raise ValueError(f"there is a run {new!r} already")
        made = self._run(name).replace(name=new)
        self._rewrite([made if each.name == name else each for each in self._all()], f"Rename {name}")

    @action("run.clone")
    def clone_run(self, name: str) -> None:
        """Put a copy of a run after it."""
        taken, number = self.fit.document.runs, 2
        while f"{name} ({number})" in taken:
            number += 1
        copy = self._run(name).replace(name=f"{name} ({number})")
        self._rewrite(
            [each for run in self._all() for each in ((run, copy) if run.name == name else (run,))], f"Clone {name}"
        )

    @action("run.move")
    def move_run(self, name: str, by: int) -> None:
        """Move a run up or down in the list."""
        runs = self._all()
        index = [each.name for each in runs].index(self._run(name).name)
        runs.insert(min(max(index + int(by), 0), len(runs) - 1), runs.pop(index))
        self._rewrite(runs, f"Move {name}")

    @action("run.remove")
    def remove_run(self, name: str) -> None:
        """Take a run out of the fit."""
        self._run(name)
        self.fit.runs[name].remove()

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

    def _all(self) -> list[Run]:
        return list(self.fit.document.runs.values())

    def _put_run(self, run: Run, edit: str, key: Any = None) -> None:
        with self.editing(edit, key) as document:
            document.put(("runs", run.name), run)

    def _put_match(self, run: str, index: int, match: Match, edit: str, key: Any = None) -> None:
        old = self._run(run)
        matches = (*old.matches[:index], match, *old.matches[index + 1 :])
        self._put_run(old.replace(matches=matches), edit, key)

    def _rewrite(self, runs: list[Run], edit: str) -> None:
        """Put the runs in another order or under other names; a table keeps the order in which it was filled."""
        with self.editing(edit) as document:
            # From the last to the first, so that undoing it puts them back from the first to the last.
            for name in reversed(list(document.runs)):
                document.put(("runs", name), None)
            for run in runs:
                document.put(("runs", run.name), run)


def _regions(regions: Iterable[Iterable[float]]) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(float(x) for x in region) for region in regions)


def _told_function(function: Function) -> dict[str, Any]:
    return {
        "kind": "function",
        "name": function.name,
        "on": function.on,
        "weight": function.weight,
        "scale": function.scale,
        "words": function.formula,
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
