"""README.md tells every setting with its default, and no other."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).resolve().parent.parent
ROW = re.compile(r"^\| `(?P<name>[A-Z][A-Z0-9_]*)` \| (?P<default>.+?) \| .+ \|$", re.MULTILINE)


def calls() -> dict[str, ast.Call]:
    """The calls of the settings that read a variable, by its name: ``env.int("PORT", 8000)``."""
    tree = ast.parse((PROJECT / "h2oweb" / "settings.py").read_text())
    return {
        str(ast.literal_eval(node.args[0])): node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and isinstance(node.func.value, ast.Name)
        and node.func.value.id == "env"
        and node.func.attr != "read_env"
    }


def rows() -> dict[str, str]:
    """The README's table: the default as it is written, by the variable's name."""
    return {
        row["name"]: row["default"] for row in ROW.finditer((PROJECT / "README.md").read_text())
    }


def default_of(call: ast.Call) -> object:
    """The default if the code has it as a plain value, otherwise Ellipsis."""
    given = [word.value for word in call.keywords if word.arg == "default"] + call.args[1:]
    try:
        return ast.literal_eval(given[0])
    except (IndexError, ValueError):
        return ...


def as_written(default: object) -> str:
    """A plain default as the README shows it."""
    match default:
        case "" | []:
            return "–"
        case bool():
            return f"`{'on' if default else 'off'}`"
        case int() | float():
            return f"`{default:_}`".replace("_", ",") if default >= 10_000 else f"`{default}`"
        case list():
            return f"`{','.join(map(str, default))}`"
    return f"`{default}`"


def test_the_readme_names_every_setting_and_no_other():
    assert set(rows()) == set(calls())


@pytest.mark.parametrize("name", sorted(calls()))
def test_the_readme_tells_the_default(name):
    default = default_of(calls()[name])
    written = rows()[name]
    if default is ...:  # made from other settings: the README says how, in words
        assert re.search(r"[a-z]{3}", written)
    else:
        assert written == as_written(default)


def test_a_secret_has_no_default():
    secrets = [name for name in calls() if re.search("KEY|PASSWORD|TOKEN(?!S)|SECRET", name)]
    assert "SECRET_KEY" in secrets
    assert {default_of(calls()[name]) for name in secrets} == {""}
