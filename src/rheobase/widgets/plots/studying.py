"""The classical plots of the model as it is: chosen by a click, asked anew with every change."""

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import traitlets
from numpy.typing import ArrayLike

from rheobase.kernel import integrator
from rheobase.model.applied import with_parameters
from rheobase.model.names import UnknownName
from rheobase.simulate import Cancelled
from rheobase.widgets.actions import action, words
from rheobase.widgets.latest import Turn
from rheobase.widgets.plots.path import PathTraits
from rheobase.widgets.plots.studies import STUDIES
from rheobase.widgets.plots.studies.drawing import Drawing
from rheobase.widgets.plots.studies.study import Situation, Study
from rheobase.widgets.plots.variables import VariableTraits
from rheobase.widgets.quantities import quantity
from rheobase.widgets.session import Event

OVER_TIME = "time"
_MOST_KEPT = 8


class StudyTraits(VariableTraits, PathTraits):
    """The classical plot that is shown beside the cell, or none of them.

    - `view`: which of `views`; `"time"` for the traces and what is along the path.
    - `fields`, `options`: what the plot can be asked, as numbers and as choices.
    - `study`, `study_info`: what it shows; float32, and what these are, or in `error` why there is nothing.
    """

    views: Any = traitlets.List().tag(sync=True)
    view = traitlets.Unicode(OVER_TIME).tag(sync=True)
    fields: Any = traitlets.List().tag(sync=True)
    options: Any = traitlets.List().tag(sync=True)
    study = traitlets.Bytes().tag(sync=True)
    study_info: Any = traitlets.Dict().tag(sync=True)

    def __init__(self, *arguments: Any, view: str = OVER_TIME, **traits: Any) -> None:
        self._values: dict[str, dict[str, float]] = {name: {} for name in STUDIES}
        self._choices: dict[str, dict[str, str]] = {name: {} for name in STUDIES}
        self._drawing: Drawing | None = None
        self._kept_drawings: dict[str, tuple[Drawing, ...]] = {}
        views = [{"value": OVER_TIME, "title": "Over time", "doc": "Traces, and a variable along the path"}]
        views += [{"value": each.name, "title": each.title, "doc": each.doc} for each in STUDIES.values()]
        super().__init__(*arguments, view=view, views=views, **traits)

    @property
    def result(self) -> Any:
        """What the classical plot shows, such as an `FICurve`; None over time, and before there is any."""
        return None if self._drawing is None else self._drawing.result

    def hear(self, event: Event) -> None:
        """Refuse to open on a view that is not there."""
        super().hear(event)
        if event.kind == "opened":
            self._checked_view(self.view)

    @action("view.choose")
    def choose_view(self, view: str) -> None:
        """Show another plot."""
        if self._checked_view(view) == self.view:
            return
        self.view, self._drawing = view, None
        self.study, self.study_info, self.fields, self.options = b"", {}, [], []
        self.follow()

    @action("study.set")
    def set_number(self, key: str, value: float | str, gesture: str = "") -> None:
        """Ask the plot with another number."""
        study = self._study()
        self._values[study.name][key] = study.numbers[key].parameter.check(value)
        self.follow(traces=False, field=False)

    @action("study.set.reset")
    def reset_number(self, key: str) -> None:
        """Ask it with the number that suits the model again."""
        self._values[self._study().name].pop(key, None)
        self.follow(traces=False, field=False)

    @action("study.choose")
    def choose(self, name: str, value: str) -> None:
        """Choose what the plot is of."""
        known = {each["name"]: [option["value"] for option in each["options"]] for each in self.options}
        if value not in known.get(name, ()):
            raise ValueError(f"{name} = {value!r}: there are {', '.join(known.get(name, ()))}")
        self._choices[self._study().name][name] = value
        self.follow(traces=False, field=False)

    @action("place.choose")
    def choose_place(self, section: str, x: float) -> None:
        """List what can be recorded at a place, and ask the plot there."""
        super().choose_place(section, x)
        if self.view != OVER_TIME:
            self.follow(traces=False, field=False)

    @action("path.place")
    def place_end(self, end: str, section: str, x: float) -> None:
        """Put an end of the path elsewhere, and ask the plot anew where it is of the path."""
        super().place_end(end, section, x)
        if self.view == "attenuation":
            self.follow(traces=False, field=False)

    def situation(self) -> Situation:
        """The model as it is now."""
        session = self.session
        protocol = session.protocol
        cell, values = session.cell.freeze(), _numbers(session.values)
        if values:
            cell, _ = with_parameters(cell, values, "Set")
        run: dict[str, Any] = {name: getattr(protocol, name) for name in ("dt", "celsius", "v_init", "method")}
        run |= {"init": session.start} if session.start != "v_init" else {}
        if getattr(integrator(protocol.method), "adaptive", False):
            run |= {"atol": protocol.atol, "rtol": protocol.rtol}
            run |= {"max_step": protocol.max_step} if protocol.max_step is not None else {}
        placed = [*cell.placements, *protocol.placements(each.name for each in cell.placements)]
        electrodes = tuple(each.process for each in placed if each.process.electrode)
        return Situation(cell, run, session.maker(), protocol.tstop, self._place(), self.ends, electrodes)

    def ask_study(self) -> Callable[[Turn], None]:
        """What a worker does to draw the plot of the model as it is now."""
        study, situation = self._study(), self.situation()
        given, made = dict(self._values[study.name]), dict(self._choices[study.name])

        def work(turn: Turn) -> None:
            usual = study.usual(situation)
            defaults = {name: usual.get(name, each.parameter.default) for name, each in study.numbers.items()}
            known = study.choices(situation)
            chosen = {
                name: made[name] if made.get(name) in each.options else next(iter(each.options), "")
                for name, each in known.items()
            }
            fields = [
                {
                    **quantity(name, each.parameter, value, default=defaults[name], label=each.title, reach=each.reach),
                    **({"step": 1} if each.parameter.unit == "1" else {}),
                }
                for name, each in study.numbers.items()
                for value in [given.get(name, defaults[name])]
            ]
            options = [
                {
                    "name": name,
                    "title": each.title,
                    "value": chosen[name],
                    "options": [{"value": value, "title": title} for value, title in each.options.items()],
                }
                for name, each in known.items()
                if each.options
            ]
            try:
                drawing = study.draw(situation, defaults | given, chosen, turn.unwanted)
            except Cancelled:
                raise
            except (ValueError, KeyError, TypeError, RuntimeError, ArithmeticError, ImportError) as error:
                message = words(error)
                self._tell(turn, lambda: self._show_refused(fields, options, message))
                return
            self._tell(turn, lambda: self._show_study(study.name, drawing, fields, options), late=True)

        return work

    def keep_drawing(self) -> None:
        """Keep the lines of the plot that is shown, faint, beneath the next."""
        drawing = self._drawing
        kept = self._kept_drawings.get(self.view, ())
        if drawing is not None and drawing not in kept:
            self._kept_drawings[self.view] = (*kept, drawing)[-_MOST_KEPT:]
            self._draw(drawing)

    def forget_drawings(self) -> None:
        """Drop what was kept of all plots."""
        self._kept_drawings.clear()
        if self._drawing is not None:
            self._draw(self._drawing)

    def _checked_view(self, view: str) -> str:
        if view != OVER_TIME and view not in STUDIES:
            raise UnknownName("view", view, (OVER_TIME, *STUDIES))
        return view

    def _study(self) -> Study:
        if self.view == OVER_TIME:
            raise ValueError("no classical plot is shown")
        return STUDIES[self.view]

    def _show_study(self, name: str, drawing: Drawing, fields: list[Any], options: list[Any]) -> None:
        if name != self.view:
            return
        self._drawing, self.fields, self.options = drawing, fields, options
        self._draw(drawing)

    def _show_refused(self, fields: list[Any], options: list[Any], message: str) -> None:
        self._drawing, self.fields, self.options = None, fields, options
        self.study, self.study_info = b"", {"error": message}
        self.revision += 1

    def _draw(self, drawing: Drawing) -> None:
        kept = [each for each in self._kept_drawings.get(self.view, ()) if each is not drawing]
        info, numbers = drawing.beneath(kept).wire()
        self.study, self.study_info = numbers, {**info, "kept": len(self._kept_drawings.get(self.view, ()))}
        self.revision += 1


def _numbers(values: Mapping[str, ArrayLike]) -> dict[str, float]:
    """Those parameters that have one value throughout."""
    arrays = {name: np.ravel(np.asarray(value, float)) for name, value in values.items()}
    return {name: float(array[0]) for name, array in arrays.items() if len(array) == 1}
