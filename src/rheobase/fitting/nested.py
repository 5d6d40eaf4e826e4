"""The handle on a fit within another."""

from typing import TYPE_CHECKING

from rheobase.fitting import file
from rheobase.fitting.handle import Handle
from rheobase.fitting.values import Nested

if TYPE_CHECKING:
    from rheobase.fitting.fit import Fit


class FitNested(Handle[Nested]):
    """A fit whose error another adds to its own."""

    table = "fits"
    kind = "fit within this one"

    def fit(self) -> "Fit":
        """A copy of the fit, to look at or to change; `replace` puts it back."""
        from rheobase.fitting.fit import Fit

        return Fit.of_data(file.plain(self.value.fit))

    def replace(self, fit: "Fit") -> None:
        """Put another fit in its place, as it is now."""
        self._put(f"Replace {self.name}", fit=file.text(fit.to_data()))

    def __repr__(self) -> str:
        return f"<FitNested {self.name!r}: {self.fit()!r}>"
