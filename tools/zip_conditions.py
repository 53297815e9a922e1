"""Which way an ``if`` goes on another system, as far as its source tells."""

from __future__ import annotations

import ast
import operator
from typing import Any

from zip_targets import Target

COMPARISONS: dict[type[ast.cmpop], Any] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.In: lambda left, right: left in right,
    ast.NotIn: lambda left, right: left not in right,
}


class Unknown(Exception):
    """The source alone does not tell."""


def decide(test: ast.expr, target: Target) -> bool | None:
    """What ``test`` is on ``target``; nothing where that hangs on more than the system."""
    try:
        return bool(_value(test, target))
    except (Unknown, TypeError, IndexError):
        return None


def _value(node: ast.expr, target: Target) -> Any:
    match node:
        case ast.Constant():
            return node.value
        case ast.Tuple() | ast.List() | ast.Set():
            return tuple(_value(element, target) for element in node.elts)
        case ast.Name(id="TYPE_CHECKING") | ast.Attribute(attr="TYPE_CHECKING"):
            return False
        case ast.UnaryOp(op=ast.Not()):
            return not _value(node.operand, target)
        case ast.BoolOp():
            return _either(node, target)
        case ast.Compare(ops=[compared], comparators=[right]) if type(compared) in COMPARISONS:
            return COMPARISONS[type(compared)](_value(node.left, target), _value(right, target))
        case ast.Subscript(slice=ast.Constant() as index):
            return _value(node.value, target)[index.value]
        case ast.Subscript(slice=ast.Slice(lower=None, upper=ast.Constant() as end)):
            return _value(node.value, target)[: end.value]
        case ast.Call(func=ast.Attribute(attr="startswith"), args=[start]):
            assert isinstance(node.func, ast.Attribute)
            return _value(node.func.value, target).startswith(_value(start, target))
    return _fact(ast.unparse(node), target)


def _either(node: ast.BoolOp, target: Target) -> bool:
    """``and`` and ``or``, where one side may settle it alone."""
    settles = isinstance(node.op, ast.Or)
    decided = [decide(value, target) for value in node.values]
    if settles in decided:
        return settles
    if None in decided:
        raise Unknown
    return not settles


def _fact(text: str, target: Target) -> Any:
    facts = {
        "sys.platform": target.system.sys_platform,
        "platform.system()": target.system.platform_system,
        "os.name": target.system.os_name,
        "sys.version_info": (*(int(part) for part in target.python.split(".")), 0),
        "sys.implementation.name": "cpython",
    }
    if text not in facts:
        raise Unknown
    return facts[text]
