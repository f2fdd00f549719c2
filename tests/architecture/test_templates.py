"""Templates compile, are used, and a fragment has one root element that bears its name."""

from __future__ import annotations

import re
from html.parser import HTMLParser

import pytest

from tests.architecture.source import PACKAGE, TEMPLATES

ALL = sorted(str(path.relative_to(TEMPLATES)) for path in TEMPLATES.rglob("*.html"))
# Parts of the frame stand in every page and are never fetched alone; a problem's root is made by a macro.
NO_FRAGMENTS = ("layout/", "errors/_problem.html")
FRAGMENTS = [name for name in ALL if "/_" in name and not name.startswith(NO_FRAGMENTS)]
NOT_MARKUP = re.compile(r"\{#.*?#\}|\{%-?\s*macro\b.*?endmacro\s*-?%\}|\{%-?\s*(?:call|set)\b[^%]*%\}", re.DOTALL)
CODE = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "track", "wbr", "use"}
NAMED = re.compile(r"""["']([\w/]+\.html)["']""")


class Roots(HTMLParser):
    """The elements that stand in no other, with their ids; `loose` is text outside of any."""

    def __init__(self):
        super().__init__()
        self.depth, self.ids, self.loose = 0, [], ""

    def handle_starttag(self, tag, attrs):
        if self.depth == 0:
            self.ids.append(dict(attrs).get("id"))
        if tag not in VOID:
            self.depth += 1

    def handle_startendtag(self, tag, attrs):
        if self.depth == 0:
            self.ids.append(dict(attrs).get("id"))

    def handle_endtag(self, tag):
        if tag not in VOID:
            self.depth -= 1

    def handle_data(self, data):
        if self.depth == 0:
            self.loose += data.strip()


def roots(source):
    parser = Roots()
    parser.feed(CODE.sub("", NOT_MARKUP.sub("", source)))
    return parser


def expected_id(name):
    return name.rpartition("/")[2].removeprefix("_").removesuffix(".html").replace("_", "-")


@pytest.mark.parametrize("name", FRAGMENTS)
def test_a_fragment_has_one_root_that_bears_its_name(name):
    found = roots((TEMPLATES / name).read_text())
    assert found.ids == [expected_id(name)]
    assert found.loose == ""


@pytest.mark.parametrize("name", ALL)
def test_every_template_compiles(name, migrated_app):
    assert migrated_app.jinja_env.get_template(name)


def test_no_template_is_orphaned():
    sources = [path.read_text() for path in (*TEMPLATES.rglob("*.html"), *PACKAGE.rglob("*.py"))]
    used = {name for source in sources for name in NAMED.findall(source)}
    assert [name for name in ALL if name not in used] == []


def test_no_template_is_missing():
    for path in (*TEMPLATES.rglob("*.html"), *PACKAGE.rglob("*.py")):
        for name in NAMED.findall(path.read_text()):
            assert "/" not in name or (TEMPLATES / name).is_file(), f"{path.name} names {name}"


def test_pages_do_not_ask_for_roles():
    """Templates test data; who may see what is decided by views."""
    asks = re.compile(r"viewer\.role\s*(==|in|!=)|viewer\.is_staff")
    assert [name for name in ALL if asks.search((TEMPLATES / name).read_text())] == []


@pytest.mark.parametrize(
    ("source", "ids"),
    [
        ('<div id="a"><p>x</p></div>', ["a"]),
        ('<div id="a"></div><div id="b"></div>', ["a", "b"]),
        ('{% macro m() %}<i id="no"></i>{% endmacro %}<div id="a">{{ m() }}<br></div>', ["a"]),
        ('{% if x %}<div id="a"></div>{% else %}<div id="a"></div>{% endif %}', ["a", "a"]),
    ],
)
def test_roots_are_counted(source, ids):
    assert roots(source).ids == ids
