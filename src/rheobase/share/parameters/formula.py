"""A formula of the path distance, written in Python by another program, as a profile."""

import ast
import re

from rheobase.expressions import ExpressionError
from rheobase.model import Location, along
from rheobase.model.profile import Profile
from rheobase.share.error import ExchangeError

_LONGEST = 2000
_MODULES = frozenset({"math", "np", "numpy"})
_RENAMED = {"fabs": "abs", "power": "pow", "maximum": "max", "minimum": "min"}


def profile_of(formula: str, constants: dict[str, float], origin: Location | None, label: str) -> Profile:
    """The profile that a formula is.

    The text is parsed and translated, never run. Comparisons become `heaviside`, and what joins them products.

    **Arguments:** `formula`, with `{distance}` and the `constants` in braces; `label`, for messages.

    **Raises:** ExchangeError for what cannot be translated.

    >>> profile_of("math.exp({distance}*{k})*{value}", {"k": -0.01, "value": 2.0}, None, "g")
    along('path_distance', 'exp(d * k) * value', k=-0.01, value=2.0)
    >>> profile_of("{value}*int(({distance} > 10) & ({distance} < 90))", {"value": 2.0}, None, "g").expression
    'value * (heaviside(d - 10) * heaviside(90 - d))'
    """
    names = {name: f"{name}_" if name in ("d", "p") else name for name in constants}
    text = formula.replace("{distance}", "d")
    for name, used in names.items():
        text = text.replace(f"{{{name}}}", used)
    if len(text) > _LONGEST:
        raise ExchangeError(f"the formula of {label} has {len(text)} characters; it may have {_LONGEST}")
    if left := re.search(r"\{\w*\}", text):
        raise ExchangeError(f"the formula of {label} uses {left[0]}, for which the file has no value")
    try:
        tree = _Translation().visit(ast.parse(text.strip(), mode="eval").body)
        expression = ast.unparse(tree)
        given = {
            names[name]: value for name, value in constants.items() if re.search(rf"\b{names[name]}\b", expression)
        }
        return along("path_distance", expression, origin, constants=given)
    except (SyntaxError, ExpressionError, RecursionError, MemoryError, ValueError) as error:
        said = str(error) if isinstance(error, (ExpressionError, ExchangeError)) else "it cannot be read"
        raise ExchangeError(f"the formula {formula[:100]!r} of {label}: {said}") from None


class _Translation(ast.NodeTransformer):
    """From Python's own words to those of expressions."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.AST:
        if isinstance(node.value, ast.Name) and node.value.id in _MODULES:
            return ast.Name(_RENAMED.get(node.attr, node.attr))
        raise ExchangeError(f"{ast.unparse(node)[:60]!r} has no meaning in a formula")

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in ("int", "float") and len(node.args) == 1:
            return node.args[0]
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        found: ast.expr | None = None
        for left, operator, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            if isinstance(operator, (ast.Gt, ast.GtE)):
                above: ast.expr = ast.BinOp(left, ast.Sub(), right)
            elif isinstance(operator, (ast.Lt, ast.LtE)):
                above = ast.BinOp(right, ast.Sub(), left)
            else:
                raise ExchangeError("only < and > compare in a formula")
            one = ast.Call(ast.Name("heaviside"), [above], [])
            found = one if found is None else ast.BinOp(found, ast.Mult(), one)
        return found or node

    def visit_BoolOp(self, node: ast.BoolOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.Or):
            return ast.Call(ast.Name("max"), list(node.values), [])
        found = node.values[0]
        for each in node.values[1:]:
            found = ast.BinOp(found, ast.Mult(), each)
        return found

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.op, ast.BitAnd):
            return ast.BinOp(node.left, ast.Mult(), node.right)
        if isinstance(node.op, ast.BitOr):
            return ast.Call(ast.Name("max"), [node.left, node.right], [])
        return node
