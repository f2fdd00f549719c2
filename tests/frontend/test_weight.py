"""A first visit stays under 200 KB, compressed, with charts, icons and the typeface."""

from __future__ import annotations

from pathlib import Path

STATIC = Path(__file__).resolve().parents[2] / "static"
FIRST_VISIT = (
    "vendor/tabler.css.br",
    "vendor/htmx.js.br",
    "vendor/icons.svg.br",
    "vendor/inter-latin-wght-normal.woff2",
    "dist/app.css.br",
    "dist/app.js.br",
    "dist/charts.js.br",
    "img/mark.svg",
)
BUDGET_KB = 200
ROOM_FOR_THE_PAGE_KB = 20


def test_first_visit_is_light():
    kilobytes = sum((STATIC / name).stat().st_size for name in FIRST_VISIT) / 1024
    assert kilobytes <= BUDGET_KB - ROOM_FOR_THE_PAGE_KB


def test_every_text_file_has_its_compressed_twins():
    for folder in ("vendor", "dist"):
        for path in (STATIC / folder).glob("*.[cjs]*"):
            if path.suffix in {".css", ".js", ".svg"}:
                assert path.with_name(f"{path.name}.br").is_file()
                assert path.with_name(f"{path.name}.gz").is_file()
