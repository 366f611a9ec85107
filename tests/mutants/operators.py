"""The changes that are tried: each a small slip that a programmer could make, as text for text.

After the operators of R. A. DeMillo, R. J. Lipton and F. G. Sayward, "Hints on test data
selection" (1978), as later tools settled on them: relations, arithmetic, logic, numbers, and calls
that go missing; with those that this code base fears most: rounding and the larger of two.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

_RELATIONS: dict[type[ast.cmpop], str] = {
    ast.Lt: "<=", ast.LtE: "<", ast.Gt: ">=", ast.GtE: ">", ast.Eq: "!=", ast.NotEq: "==",
    ast.Is: "is not", ast.IsNot: "is", ast.In: "not in", ast.NotIn: "in",
}  # fmt: skip
_ARITHMETIC: dict[type[ast.operator], str] = {
    ast.Add: "-", ast.Sub: "+", ast.Mult: "+", ast.Div: "*", ast.Mod: "+",
}  # fmt: skip
_OPPOSITES = {"max": "min", "min": "max", "all": "any", "any": "all"}
# What only tells people something: no caller can see it go.
_SPOKEN = {"debug", "info", "warning", "error", "exception", "log"}


@dataclass(frozen=True, order=True, slots=True)
class Change:
    """In `path`, from character `start` to `end`, `new` instead of `old`; `line` counts from 1."""

    path: str
    line: int
    start: int
    end: int
    old: str
    new: str

    def __str__(self) -> str:
        old, new = (" ".join(text.split()) for text in (self.old, self.new))
        return f"{self.path}:{self.line}: {old}  ->  {new}"

    def made_in(self, source: str) -> str:
        return source[: self.start] + self.new + source[self.end :]


def python_changes(path: str, source: str) -> list[Change]:
    """Every change that is tried in a Python module, in the order of the text."""
    return sorted(set(_Finder(path, source).changes()))


# In a Lua script: comments are left alone, and so is the `=` of an assignment.
_LUA = re.compile(r"--.*|(?<= )(<=|>=|==|~=|<|>|\+|-|and|or)(?= )|\b(max|min|ceil|floor)(?=\()")
_LUA_OTHER = {
    "<=": "<", "<": "<=", ">=": ">", ">": ">=", "==": "~=", "~=": "==", "+": "-", "-": "+",
    "and": "or", "or": "and", "max": "min", "min": "max", "ceil": "floor", "floor": "ceil",
}  # fmt: skip


def lua_changes(path: str, source: str) -> list[Change]:
    """Every change that is tried in a Lua script, in the order of the text."""
    found = []
    for match in _LUA.finditer(source):
        if (old := match.group()) in _LUA_OTHER:
            line = source.count("\n", 0, match.start()) + 1
            found.append(Change(path, line, *match.span(), old, _LUA_OTHER[old]))
    return found


class _Finder:
    """Walks a module's statements; annotations, docstrings and what is only declared stay."""

    def __init__(self, path: str, source: str) -> None:
        self._path = path
        self._source = source
        self._starts = [0]
        for line in source.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self._lines = source.splitlines()

    def changes(self) -> Iterator[Change]:
        for node in ast.walk(ast.parse(self._source)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                for inner in chain.from_iterable(map(_within, node.body)):
                    yield from self._of(inner)

    def _of(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.Expr(value=ast.Call() | ast.Await(value=ast.Call())):
                yield self._change(node, "pass")
            case ast.Constant(value=bool() as value):
                yield self._change(node, str(not value))
            case ast.Constant(value=int() as value):
                yield self._change(node, str(value + 1))
            case ast.Call(func=ast.Name(id=name)) if name in _OPPOSITES:
                yield self._change(node.func, _OPPOSITES[name])
            case ast.BinOp() | ast.UnaryOp(op=ast.USub()):
                yield from self._of_numbers(node)
            case _:
                yield from self._of_truths(node)

    def _of_numbers(self, node: ast.BinOp | ast.UnaryOp) -> Iterator[Change]:
        match node:
            case ast.UnaryOp(
                operand=ast.BinOp(
                    left=ast.UnaryOp(op=ast.USub(), operand=over), op=ast.FloorDiv(), right=by
                ),
            ):
                # Rounded up, as it is written in Python: -(-over // by).
                yield self._change(node, f"(({self._text(over)}) // ({self._text(by)}))")
            case ast.BinOp(left=ast.Constant(value=str())):
                pass  # a text that is put together
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _ARITHMETIC:
                new = _ARITHMETIC[type(op)]
                yield self._change(node, f"({self._text(left)} {new} {self._text(right)})")

    def _of_truths(self, node: ast.AST) -> Iterator[Change]:
        match node:
            case ast.If(test=test) | ast.While(test=test) | ast.IfExp(test=test):
                yield self._change(test, f"not ({self._text(test)})")
            case ast.Compare(left=left, ops=[relation], comparators=[right]):
                new = _RELATIONS[type(relation)]
                yield self._change(node, f"({self._text(left)} {new} {self._text(right)})")
            case ast.BoolOp(op=op, values=values):
                word = " or " if isinstance(op, ast.And) else " and "
                yield self._change(node, f"({word.join(f'({self._text(v)})' for v in values)})")
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                yield self._change(node, f"bool({self._text(operand)})")

    def _text(self, node: ast.expr | ast.stmt) -> str:
        start, end = self._span(node)
        return self._source[start:end]

    def _change(self, node: ast.expr | ast.stmt, new: str) -> Change:
        start, end = self._span(node)
        return Change(self._path, node.lineno, start, end, self._source[start:end], new)

    def _span(self, node: ast.expr | ast.stmt) -> tuple[int, int]:
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return (
            self._offset(node.lineno, node.col_offset),
            self._offset(node.end_lineno, node.end_col_offset),
        )

    def _offset(self, line: int, column: int) -> int:
        """The syntax tree counts columns in bytes; a text is counted in characters."""
        before = self._lines[line - 1].encode()[:column].decode()
        return self._starts[line - 1] + len(before)


def _within(node: ast.AST) -> Iterator[ast.AST]:
    """The node and all inside it that runs, but nested definitions and what is only said.

    The places inside an f-string are not where Python 3.11 says they are.
    """
    if isinstance(node, _ELSEWHERE) or _is_said(node):
        return
    yield node
    for name, value in ast.iter_fields(node):
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and name != "annotation":
                yield from _within(child)


_ELSEWHERE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.JoinedStr)


def _is_said(node: ast.AST) -> bool:
    match node:
        case ast.Expr(value=ast.Call(func=ast.Attribute(attr=name))):
            return name in _SPOKEN
    return False
