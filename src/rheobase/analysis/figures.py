"""The look of figures, under the name by which analyses know it."""

from rheobase.figures import (
    COLOURS as COLOURS,
    FAINT as FAINT,
    colour as colour,
    line as line,
    new_figure as new_figure,
    with_unit as with_unit,
)
