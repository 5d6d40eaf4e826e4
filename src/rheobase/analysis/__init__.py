"""What a model is and does, read off its document and its runs: overviews and differences."""

from rheobase.analysis.deviation import Deviation as Deviation, deviation as deviation
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
from rheobase.analysis.recommendation import (
    Recommendation as Recommendation,
    Subject as Subject,
    WorkPoint as WorkPoint,
)
from rheobase.analysis.work_precision import (
    WorkPrecision as WorkPrecision,
    WorkStudy as WorkStudy,
    work_precision as work_precision,
)
