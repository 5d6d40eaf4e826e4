"""The handle on a fit within another."""

from typing import TYPE_CHECKING, Any

from rheobase.fitting import file
from rheobase.fitting.document import FitDocument
from rheobase.fitting.values import Nested
from rheobase.model.names import UnknownName

if TYPE_CHECKING:
    from rheobase.fitting.fit import Fit


class FitNested:
    """A fit whose error another adds to its own. Equal to another handle on the same one."""

    def __init__(self, document: FitDocument, name: str) -> None:
        self._document, self.name = document, name

    @property
    def value(self) -> Nested:
        """The fit as it is in the outer document. **Raises:** KeyError once it was removed."""
        found = self._document.fits.get(self.name)
        if found is None:
            raise UnknownName("fit within this one", self.name, self._document.fits)
        return found

    def fit(self) -> "Fit":
        """A copy of the fit, to look at or to change; `replace` puts it back."""
        from rheobase.fitting.fit import Fit

        return Fit.of_data(file.plain(self.value.fit))

    def replace(self, fit: "Fit") -> None:
        """Put another fit in its place, as it is now."""
        self._put(f"Replace {self.name}", fit=file.text(fit.to_data()))

    @property
    def on(self) -> bool:
        """Whether it counts."""
        return self.value.on

    @on.setter
    def on(self, value: bool) -> None:
        self._put(f"Turn {self.name} {'on' if value else 'off'}", on=bool(value))

    @property
    def weight(self) -> float:
        """How much its error counts."""
        return self.value.weight

    @weight.setter
    def weight(self, value: float) -> None:
        self._put(f"Weigh {self.name}", weight=value)

    def remove(self) -> None:
        """Take it out of the outer fit."""
        _ = self.value
        with self._document.edit(f"Remove fit {self.name}"):
            self._document.put(("fits", self.name), None)

    def _put(self, edit: str, **fields: Any) -> None:
        with self._document.edit(edit):
            self._document.put(("fits", self.name), self.value.replace(**fields))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FitNested) and (self._document, self.name) == (other._document, other.name)

    def __hash__(self) -> int:
        return hash((id(self._document), self.name))

    def __repr__(self) -> str:
        return f"<FitNested {self.name!r}: {self.fit()!r}>"
