"""Import3D: from a file with mistakes in it to a sound cell."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import traitlets

from rheobase.model import Cell
from rheobase.morphology import Morphology, MorphologyError
from rheobase.morphology.write import swc_text
from rheobase.widgets.actions import action
from rheobase.widgets.bundle import bundle
from rheobase.widgets.import3d.excerpts import lines_of
from rheobase.widgets.import3d.measures import MeasureTraits
from rheobase.widgets.import3d.points import PointTraits
from rheobase.widgets.import3d.repairs import RepairTraits
from rheobase.widgets.import3d.sources import SourceTraits

_FORMATS = {"swc": "SWC", "neurolucida": "Neurolucida", "neuroml": "NeuroML", "eutectic": "Eutectic"}


class Import3D(SourceTraits, RepairTraits, PointTraits, MeasureTraits):
    """A traced neuron looked over, repaired, measured and made into a cell.

    A file is dropped on it, opened by its path, or found on NeuroMorpho.Org. Its points are seen beside the sections
    made of them; each problem leads to its place and its line, and each repair can be looked at before it is made,
    and undone. What cannot be read at all is told with its line, and what was open stays.

    **Arguments:** `source`: a path, a `Morphology`, or nothing, to begin with an empty page.

    - `morphology`: what is open; all edits are its own, so those made in code show here too.
    - `cell`: the cell that was made last, by its button or by `make_cell()`.

    >>> tool = Import3D()
    >>> tool.morphology is None
    True
    >>> tool.close()
    """

    _esm = bundle("spatial.js")
    _stop_observing: Callable[[], None] = staticmethod(lambda: None)  # a refused tool is closed too

    size = traitlets.Unicode().tag(sync=True)
    status = traitlets.Unicode().tag(sync=True)
    cell = traitlets.Any(None, allow_none=True)

    def __init__(self, source: str | os.PathLike[str] | Morphology | None = None, **traits: Any) -> None:
        if source is not None and not isinstance(source, str | os.PathLike | Morphology):
            raise TypeError(f"Import3D needs a path or a morphology, as in Import3D('cell.swc'), not {source!r}")
        super().__init__(component="import3d", **traits)
        if isinstance(source, Morphology):
            self._lines = lines_of(source.text)
            with self.lock, self.hold_sync():
                self.take(source, source.name, f"m  # the morphology {source.name!r}")
        elif source is not None:
            self.open_file(source)

    def __repr__(self) -> str:
        return f"<Import3D of {self._morphology!r}>" if self._morphology is not None else "<Import3D: nothing open>"

    def close(self) -> None:
        """Take the widget off the page and follow the morphology no more."""
        self._stop_observing()
        super().close()

    def take(self, morphology: Morphology, file: str, origin: str) -> None:
        """Show another morphology."""
        self._stop_observing()
        self._morphology, self._chosen_id, self.chosen = morphology, None, -1
        self.begin(origin)
        self.file_name, self.title = file, morphology.name
        self.opened += 1
        self.cell = None
        self.show_outlines(morphology)
        self._show()
        self._stop_observing = morphology.observe(self._changed, grouped=True)

    @action("make")
    def make(self) -> dict[str, Any]:
        """Make a cell, and tell how to go on with it."""
        try:
            cell = self.make_cell()
        except MorphologyError as error:
            # The hint is for code; here the remedies are buttons.
            where = "" if error.line is None else f" (line {error.line})"
            raise ValueError(f"{error.message}{where}: repair it first, under Problems") from None
        name = self._own_name()
        said = f"{name}.cell is now a cell of {len(cell.sections)} sections. Go on in the next cell of the notebook:"
        return {"words": said, "code": f"cell = {name}.cell\nrb.CellBuilder(cell)\n"}

    def make_cell(self) -> Cell:
        """Make a cell of the sections; it is also in `cell`.

        **Raises:** MorphologyError with the first line that has to be repaired before.
        """
        self.leave_preview()
        self.cell = Cell.from_morphology(self.open_morphology)
        return self.cell

    @action("export.swc")
    def swc(self) -> dict[str, Any]:
        """The points as they are now, as the text of an SWC file."""
        morphology = self.open_morphology
        return {"content": swc_text(morphology), "name": f"{morphology.name}.swc"}

    def _own_name(self) -> str:
        """What the tool is called in the notebook, so that the code it shows runs there."""
        from IPython import get_ipython

        shell = get_ipython()
        names = shell.user_ns.items() if shell is not None else ()
        return next((name for name, value in names if value is self and not name.startswith("_")), "tool")

    def _changed(self, _: Any) -> None:
        with self.lock:
            if self.comm is not None:
                with self.hold_sync():
                    self._show()

    def _show(self) -> None:
        morphology = self.open_morphology
        self.preview = {}
        self.show_shape(morphology)
        self.show_problems(morphology)
        self.show_point(morphology)
        self.show_history()
        self.measured += 1
        sections = len(morphology.sections)
        self.size = (
            f"{_FORMATS.get(morphology.format, morphology.format)}, {_counted(len(morphology.samples), 'point')}, "
            f"{_counted(sections, 'section')}"
        )
        errors = sum(problem.severity == "error" and not problem.repaired for problem in morphology.problems)
        self.status = (
            f"{_counted(errors, 'error')} to repair before a cell can be made" if errors else "ready to make a cell"
        )
        self.revision += 1


def _counted(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}".replace(",", "\u202f")
