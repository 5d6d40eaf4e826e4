"""The classical plots that the tool has beside traces: one class each, by name."""

from rheobase.widgets.plots.studies.answers import Currents, Rates, Thresholds
from rheobase.widgets.plots.studies.plane import Plane
from rheobase.widgets.plots.studies.run import Against, Firing, Losses, Scape
from rheobase.widgets.plots.studies.study import Study

STUDIES: dict[str, Study] = {
    each.name: each for each in (Firing(), Rates(), Currents(), Thresholds(), Plane(), Against(), Scape(), Losses())
}
"""By name, in the order in which they are offered."""
