"""What a model is and does, read off its document and its runs: overviews and differences."""

from rheobase.analysis.differences import (
    Difference as Difference,
    Differences as Differences,
    compare as compare,
)
from rheobase.analysis.overview import (
    Group as Group,
    Level as Level,
    Links as Links,
    Overview as Overview,
    Processes as Processes,
    Spread as Spread,
    overview as overview,
)
