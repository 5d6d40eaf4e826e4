"""The one safe language of formulas: parsed and walked, never run as Python."""

from rheobase.expressions.expression import FUNCTIONS as FUNCTIONS
from rheobase.expressions.expression import Expression as Expression
from rheobase.expressions.expression import ExpressionError as ExpressionError
