"""What is measured of arrays over time, without names or documents: crossings, and features by eFEL."""

from rheobase.measures.crossings import crossings as crossings
from rheobase.measures.features import (
    even_times as even_times,
    feature_library as feature_library,
    feature_values as feature_values,
)
