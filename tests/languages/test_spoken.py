"""Whatever the server says when it refuses or fails is marked for the catalogues."""

from __future__ import annotations

import ast
import importlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from chat.sentences import CONTEXT
from h2oweb.messages import PROJECT, files, template

# Which argument of each has the words that people read.
WORDS_OF = {"Refusal": 1} | dict.fromkeys(
    (
        *("BackendError", "BrokenOff", "CircuitOpen", "ContextExceeded", "InvalidCommand"),
        *("Loading", "PromptError", "TimedOut", "Unfit", "Unmade", "Unreachable", "Unusable"),
    ),
    0,
)
MARKS = {"_", "gettext", "ngettext", "sentence"}


@dataclass(frozen=True)
class Module:
    """A module's source, and the values of its names."""

    name: str
    tree: ast.Module

    def spoken(self) -> Iterator[tuple[int, ast.expr, ast.AST]]:
        """The words of everything that is said: the line, their expression, what it stands in."""
        for place in ast.walk(self.tree):
            if not isinstance(place, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for call in ast.walk(place):
                index = WORDS_OF.get(_name(call.func)) if isinstance(call, ast.Call) else None
                if index is not None and isinstance(call, ast.Call):
                    yield call.lineno, call.args[index], place

    def words(self, expression: ast.expr, place: ast.AST) -> Iterator[str]:
        """The words in an expression that no mark is around."""
        match expression:
            case ast.Constant(value=str(words)):
                yield words
            case ast.JoinedStr():
                yield ast.unparse(expression)
            case ast.Name(id=name) if name.isupper():
                yield getattr(importlib.import_module(self.name), name)
            case ast.Name(id=name):
                for value in _values_of(name, place):
                    yield from self.words(value, place)
            case ast.Call(func=ast.Attribute(value=words, attr="format")):
                yield from self.words(words, place)
            case ast.Call() if (name := _name(expression.func)) not in MARKS:
                yield from self._words_of_function(name)
            case ast.BoolOp(values=values) | ast.Tuple(elts=values):
                for value in values:
                    yield from self.words(value, place)
            case ast.IfExp(body=one, orelse=other) | ast.BinOp(left=one, right=other):
                yield from self.words(one, place)
                yield from self.words(other, place)

    def _words_of_function(self, name: str) -> Iterator[str]:
        for function in ast.walk(self.tree):
            if isinstance(function, ast.FunctionDef) and function.name == name:
                for each in ast.walk(function):
                    if isinstance(each, ast.Return) and each.value:
                        yield from self.words(each.value, function)


def _name(function: ast.expr) -> str:
    return getattr(function, "id", "") or getattr(function, "attr", "")


def _values_of(name: str, place: ast.AST) -> Iterator[ast.expr]:
    for each in ast.walk(place):
        if isinstance(each, ast.Assign) and _name(each.targets[0]) == name:
            yield each.value


def module(path: Path) -> Module:
    name = ".".join(path.relative_to(PROJECT).with_suffix("").parts)
    return Module(name, ast.parse(path.read_text()))


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ('Refusal("busy", "Not now.")', ["Not now."]),
        ('Refusal("busy", sentence("Not now."))', []),
        ('BackendError(f"Not {now}.")', ["f'Not {now}.'"]),
        ('BackendError("Not {now}.".format(now=1))', ["Not {now}."]),
        ('BackendError(sentence("Not {now}.").format(now="so"))', []),
        ('BackendError(TEMPLATE.format(name="so"))', ["Only a name."]),
        ('detail = "Not now."; TimedOut(detail)', ["Not now."]),
        ('Unreachable(detail or sentence("No.") if late else "Perhaps.")', ["Perhaps."]),
        ("Loading(_soon())", ["Soon."]),
    ],
)
def test_words_without_a_mark_are_found(source, words, monkeypatch):
    monkeypatch.setattr("tests.languages.test_spoken.TEMPLATE", "Only a name.", raising=False)
    known = Module(__name__, ast.parse(f'def _soon(): return "Soon."\ndef f(): {source}'))
    assert [each for _, said, place in known.spoken() for each in known.words(said, place)] == words


def test_every_refusal_and_every_failure_is_marked():
    marked = {str(each.id) for each in template() if each.context == CONTEXT}
    said = [
        (f"{known.name}:{line}", words)
        for known in (module(path) for path in files() if path.suffix == ".py")
        for line, expression, place in known.spoken()
        for words in [*known.words(expression, place), ""]
    ]
    assert len(said) > 60
    assert [(where, words) for where, words in said if words and words not in marked] == []
