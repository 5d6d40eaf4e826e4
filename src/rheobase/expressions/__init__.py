"""The one safe language of formulas: parsed and walked, never run as Python."""

from rheobase.expressions.expression import (
    FUNCTIONS as FUNCTIONS,
    Expression as Expression,
    ExpressionError as ExpressionError,
    exprelr as exprelr,
)
