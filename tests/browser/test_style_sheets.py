"""Style sheets as they are sent say what they say as they are written."""

import re
from pathlib import Path

import pytest
from rcssmin import cssmin

STATIC = Path(__file__).resolve().parents[2] / "static"
READ = """(text) => {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    return [...sheet.cssRules].map((rule) => rule.cssText);
}"""


@pytest.mark.parametrize("area", ["chat", "review"])
def test_a_style_sheet_without_its_comments_has_the_same_rules(chromium, area):
    page = chromium.new_page()
    sheets = list((STATIC / area).rglob("*.css"))
    assert sheets
    for sheet in sheets:
        text = sheet.read_text()
        rules, minified = (
            [re.sub(r"(?<=[,(])\s+|\s+(?=\))", "", rule) for rule in page.evaluate(READ, each)]
            for each in (text, cssmin(text))
        )
        assert rules, sheet
        assert minified == rules, sheet
    page.close()
