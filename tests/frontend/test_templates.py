"""What a strict content policy and htmx's traps ask of every template."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
COMMENT = re.compile(r"\{#.*?#\}", re.DOTALL)
STYLE_OR_HANDLER = re.compile(r"<[^>]*\s(?:style|on[a-z]+|hx-on[^=\s]*)\s*=", re.IGNORECASE)
SCRIPT = re.compile(r"<script\b([^>]*)>(.*?)</script>", re.DOTALL)
OTHER_HOST = re.compile(r"""(?:src|href|action|hx-[a-z]+)\s*=\s*["'](?:https?:)?//""")
HTMX_CONFIG = re.compile(r"""<meta name="htmx-config" content='([^']*)'>""")

# What keeps htmx within the policy, and pupils' names out of the browser's storage.
NEEDED_HTMX = {
    "includeIndicatorStyles": False,
    "allowEval": False,
    "allowScriptTags": False,
    "historyCacheSize": 0,
    "selfRequestsOnly": True,
    "historyRestoreAsHxRequest": False,
}


def read(path: Path) -> str:
    return COMMENT.sub("", path.read_text())


# Mails are read by mail programs, which know style attributes and no style sheets, and not under our content policy.
MAILS = [path for path in TEMPLATES if path.parent.name == "mail"]
PAGES = [path for path in TEMPLATES if path not in MAILS]
HANDLER = re.compile(r"<[^>]*\s(?:on[a-z]+|hx-[^=\s]*)\s*=", re.IGNORECASE)


def named(path: Path) -> str:
    return str(path.relative_to(ROOT / "templates"))


@pytest.mark.parametrize("path", PAGES, ids=named)
def test_no_inline_style_script_or_handler(path):
    text = read(path)
    assert not STYLE_OR_HANDLER.search(text)
    assert "<style" not in text
    for attributes, body in SCRIPT.findall(text):
        assert not body.strip() or 'type="application/json"' in attributes


@pytest.mark.parametrize("path", MAILS, ids=named)
def test_mails_run_nothing_and_fetch_nothing(path):
    text = read(path)
    assert not HANDLER.search(text)
    assert not re.search(r"<(?:script|style|link|img|iframe|form|video|audio|object|svg)\b", text)
    assert not re.search(r"url\(|\bsrc\s*=|@import|background\s*=", text)


def test_the_other_half_of_a_mail_is_plain_text_and_says_so():
    """Templates are escaped for HTML unless they say otherwise, and only these do."""
    for path in (ROOT / "templates").rglob("*.*"):
        source = path.read_text()
        plain = source.startswith("{% autoescape false %}\n") and source.rstrip().endswith("{% endautoescape %}")
        assert plain == (path.suffix == ".txt"), path.name
        assert path.suffix == ".html" or (path.with_suffix(".html").is_file() and path.parent.name == "mail")
        assert "autoescape" not in source or path.suffix == ".txt"


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_nothing_comes_from_another_host(path):
    assert not OTHER_HOST.search(read(path))


@pytest.mark.parametrize("path", TEMPLATES, ids=named)
def test_forms_that_write_carry_the_token(path):
    for form in re.findall(r"<form\b[^>]*method=\"post\".*?</form>", read(path), re.DOTALL):
        assert "csrf" in form


def test_htmx_is_configured_for_the_policy():
    config = json.loads(HTMX_CONFIG.search(read(ROOT / "templates/layout/document.html"))[1])
    assert NEEDED_HTMX.items() <= config.items()
    assert "inlineScriptNonce" not in config


def test_the_installed_htmx_knows_each_setting():
    shipped = (ROOT / "static/vendor/htmx.js").read_text()
    config = json.loads(HTMX_CONFIG.search(read(ROOT / "templates/layout/document.html"))[1])
    assert [name for name in config if name not in shipped] == []
