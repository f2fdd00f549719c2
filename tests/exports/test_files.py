from __future__ import annotations

import errno
import os
from datetime import UTC, date, datetime

import openpyxl
import pytest

from webapp.core.files import remove_strays
from webapp.core.tables import Column
from webapp.exports import files
from webapp.exports.models import ExportFormat

COLUMNS = [Column("text", "text", lambda row: row[0]), Column("value", "value", lambda row: row[1])]
ROWS = [
    ("plain", 1),
    ("=1+1", 2.5),
    ("https://example.org", None),
    ("'", True),
    ("", date(2026, 11, 18)),
    ('a, "b"\nc', datetime(2026, 11, 18, 10, tzinfo=UTC)),
    ("@x", {"Maths": 5}),
    ("123", "-5"),
]


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_file_appears_whole_with_its_size(tmp_path, kind):
    size = files.write(tmp_path / "new", "out.file", kind, COLUMNS, ROWS)
    assert [entry.name for entry in (tmp_path / "new").iterdir()] == ["out.file"]
    assert (tmp_path / "new" / "out.file").stat().st_size == size > 0


def test_csv(tmp_path):
    files.write(tmp_path, "out.csv", ExportFormat.CSV, COLUMNS, ROWS)
    content = (tmp_path / "out.csv").read_bytes()
    assert content.startswith(b"\xef\xbb\xbftext,value\r\n")
    assert b"'=1+1,2.5\r\n" in content
    assert b"'@x," in content


def test_a_spreadsheet_holds_numbers_dates_and_text_that_is_never_run(tmp_path):
    files.write(tmp_path, "out.xlsx", ExportFormat.XLSX, COLUMNS, ROWS)
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    cells = list(sheet.iter_rows(values_only=True))
    assert cells[0] == ("text", "value")
    assert cells[1:] == [
        ("plain", 1),
        ("=1+1", 2.5),
        ("https://example.org", None),
        ("'", "true"),
        (None, datetime(2026, 11, 18)),
        ('a, "b"\nc', "2026-11-18T10:00:00Z"),
        ("@x", '{"Maths":5}'),
        ("123", "-5"),
    ]
    assert sheet["A3"].data_type == "s"
    assert sheet["A4"].hyperlink is None


@pytest.mark.parametrize("kind", list(ExportFormat))
@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_a_full_disk_leaves_nothing_and_says_so(tmp_path, monkeypatch, kind, number):
    def full(_descriptor):
        raise OSError(number, "no room")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(files.UnwritableError, match="no room left"):
        files.write(tmp_path, "out", kind, COLUMNS, ROWS)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_a_disk_that_fills_up_in_the_middle(tmp_path, kind):
    def rows():
        yield from ROWS
        raise OSError(errno.ENOSPC, "no room")

    with pytest.raises(files.UnwritableError, match="no room left"):
        files.write(tmp_path, "out", kind, COLUMNS, rows())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("kind", list(ExportFormat))
def test_other_errors_leave_nothing_either(tmp_path, kind):
    def rows():
        yield ROWS[0]
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        files.write(tmp_path, "out", kind, COLUMNS, rows())
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_fills_up_while_a_spreadsheet_is_put_together(tmp_path, monkeypatch):
    def full(_self):
        raise OSError(errno.ENOSPC, "no room")

    monkeypatch.setattr("xlsxwriter.workbook.Workbook._store_workbook", full)
    with pytest.raises(files.UnwritableError, match="no room left"):
        files.write(tmp_path, "out", ExportFormat.XLSX, COLUMNS, ROWS)
    assert list(tmp_path.iterdir()) == []


def test_what_a_spreadsheet_cannot_hold(tmp_path, monkeypatch):
    with pytest.raises(files.UnwritableError, match="Choose CSV"):
        files.write(tmp_path, "out", ExportFormat.XLSX, COLUMNS, [("x" * 40_000, 1)])
    monkeypatch.setattr(files, "MOST_ROWS", 3)
    with pytest.raises(files.UnwritableError, match="Choose CSV"):
        files.write(tmp_path, "out", ExportFormat.XLSX, COLUMNS, ROWS)
    files.write(tmp_path, "out", ExportFormat.CSV, COLUMNS, [("x" * 40_000, 1)])


def test_strays_go_when_they_are_old_and_nobody_knows_them(tmp_path):
    for name in ("known", "stray", "fresh"):
        (tmp_path / name).write_text(name)
    (tmp_path / "unfinished-x").mkdir()
    for name in ("known", "stray", "unfinished-x"):
        os.utime(tmp_path / name, (1_000, 1_000))
    assert remove_strays(tmp_path, {"known"}, before=2_000) == 2
    assert sorted(entry.name for entry in tmp_path.iterdir()) == ["fresh", "known"]
    assert remove_strays(tmp_path / "nowhere", set(), before=2_000) == 0
