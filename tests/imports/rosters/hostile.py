"""A generator of roster files that mean harm, or are merely broken: the same for the same seed."""

from __future__ import annotations

import functools
import io
import random
import struct
import zipfile
from datetime import datetime

from openpyxl import Workbook

from tests.imports.rosters.files import USERS, manifest, person, roster, small, text, zipped


def _zip(entries, **options):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in entries:
            archive.writestr(name, content, **options)
    return buffer.getvalue()


def _with_users(content):
    return zipped(manifest=manifest(users="bulk"), users=content)


def bomb(random_):
    name = random_.choice(["users.csv", "orgs.csv", "x.bin"])
    return _zip([("manifest.csv", manifest(users="bulk")), (name, b"0" * random_.randint(20, 60) * 1_000_000)])


def traversal(random_):
    name = random_.choice(["../users.csv", "/etc/users.csv", "a/../../users.csv", "..\\users.csv", "C:users.csv"])
    return _zip([("manifest.csv", manifest(users="bulk")), (name, "x")])


def nested(random_):
    inner = _zip([("users.csv", b"0" * 1_000_000)])
    name = random_.choice(["users.csv", "inner.zip", "orgs.csv"])
    return _zip([("manifest.csv", manifest(users="bulk", orgs="bulk")), (name, inner)])


def many_entries(random_):
    return _zip([(f"{n}.csv", "") for n in range(random_.randint(101, 3_000))])


def lying_directory(random_):
    data = bytearray(roster(**small()))
    place = data.rfind(b"PK\x01\x02")
    struct.pack_into("<I", data, place + random_.choice([20, 24, 42]), random_.randint(0, 2**32 - 1))
    return bytes(data)


def bit_flips(random_):
    data = bytearray(roster(**small()))
    for _ in range(random_.randint(1, 40)):
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
    return bytes(data)


def cut_off(random_):
    data = roster(**small())
    return data[: random_.randrange(len(data))]


def endless_quotes(random_):
    line = random_.choice(['"', 'p1,"', '""" ', '"a"b,'])
    return _with_users(",".join(USERS) + "\r\n" + line * random_.randint(1, 300_000))


def long_line(random_):
    return _with_users(random_.choice([",".join(USERS) + "\n", ""]) + "a," * random_.randint(40_000, 400_000))


def controls(random_):
    rows = [person(n) for n in range(5)]
    rows[2][random_.choice(["givenName", "email", "sourcedId", "role"])] += random_.choice(["\x00", "\x1b", "\u202e"])
    return _with_users(text(USERS, rows))


def encodings(random_):
    words = text(USERS, [person(n, familyName="Müller") for n in range(3)])
    return _with_users(words.encode(random_.choice(["utf-16", "latin-1", "cp037", "utf-32", "cp1252"])))


def headings(random_):
    names = list(USERS)
    random_.shuffle(names)
    names = names[: random_.randint(0, 8)] + random_.choice(
        [["role", "role"], [], ["x"] * 3, ["y" * 5_000], [""] * 600]
    )
    return _with_users(",".join(names) + "\n" + "1,2,3\n" * 5)


def odd_widths(random_):
    lines = [",".join("x" * random_.randint(0, 30)) for _ in range(200)]
    return _with_users(",".join(USERS) + "\n" + "\n".join(lines))


def manifests(random_):
    said = random_.choice(["", "a,b\n1,2\n", manifest("9.9"), manifest(users="everything"), manifest(users="bulk")])
    return zipped(manifest=said)


def noise(random_):
    return random_.choice(
        [b"", b"PK", b"PK\x05\x06" * 50, b"PK\x03\x04" + random_.randbytes(5_000)]
    ) + random_.randbytes(random_.randint(0, 20_000))


def values(random_):
    rows = small(12)
    for row in random_.sample([*rows["users"], *rows["enrollments"], *rows["classes"]], 10):
        name = random_.choice(list(row))
        row[name] = random_.choice(["", "x" * 5_000, "=1+1", "0000-99-99", "9999-12-31", "\u0000", "😀" * 300, "-1"])
    return roster(**rows)


# ---------------------------------------------------------------- sheets

SHEET = "E-mail,First name,Surname,Role,Class,From\r\n"


def _lines(random_, count=6):
    return [f"p{n}@roster.test,Given{n},Family{n},student,7A,2026-09-0{random_.randint(1, 9)}" for n in range(count)]


def _sheet(lines):
    return (SHEET + "\r\n".join(lines) + "\r\n").encode()


def sheet_of_noise(random_):
    return b"E-mail,x\n" * random_.randint(0, 1) + random_.randbytes(random_.randint(1, 50_000)).replace(b"PK", b"pk")


def sheet_of_quotes(random_):
    line = random_.choice(['"', 'a@b.test,"', '"""x" ', '"a"b,'])
    return _sheet([line * random_.randint(1, 200_000)])


def sheet_of_one_line(random_):
    return (random_.choice([SHEET, ""]) + "a," * random_.randint(40_000, 400_000)).encode()


def sheet_in_another_encoding(random_):
    words = _sheet(_lines(random_)).decode().replace("Family3", "Müller")
    return words.encode(random_.choice(["utf-16", "latin-1", "cp037", "utf-32", "cp1252"]))


def sheet_with_controls(random_):
    lines = _lines(random_)
    lines[2] = lines[2].replace("Given2", random_.choice(["a\x00b", "a\x1bb", "\u202e", "\ud800"]))
    return (SHEET + "\r\n".join(lines)).encode("utf-8", "surrogatepass")


def sheet_with_odd_headings(random_):
    heading = random_.choice(
        ["", ",,,", "E-mail,E-mail", "x" * 70_000, "," * 600, "E-mail;E-mail", "\t\t\t", "'=1+1,a"]
    )
    return (heading + "\r\n" + "1,2,3\r\n" * 5).encode()


def sheet_with_odd_values(random_):
    lines = [line.split(",") for line in _lines(random_, 20)]
    for line in random_.sample(lines, 12):
        odd = [
            "",
            "x" * 5_000,
            "=1+1",
            "0000-99-99",
            "9999-12-31",
            "😀" * 300,
            "-1",
            "a@b",
            "admin",
            "a" * 250 + "@b.test",
        ]
        line[random_.randrange(6)] = random_.choice(odd)
    return _sheet([",".join(line[: random_.choice([6, 6, 6, 5])]) for line in lines])


def sheet_that_is_too_large(random_):
    return b"a@b.test,x\n" * random_.randint(2_000_000, 2_100_000)


# ---------------------------------------------------------------- books


@functools.cache
def _book():
    book = Workbook()
    book.active.append(SHEET.strip().split(","))
    for line in _lines(random.Random(1)):
        book.active.append(line.split(","))
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def _with_parts(**parts):
    """Return the book with some of its parts exchanged."""
    with zipfile.ZipFile(io.BytesIO(_book())) as archive:
        kept = {name: archive.read(name) for name in archive.namelist()}
    return _zip({**kept, "xl/worksheets/sheet1.xml": parts["sheet"], **parts.get("others", {})}.items())


def _rows_of(cells, dimension="A1:F9"):
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    return f'<worksheet xmlns="{space}"><dimension ref="{dimension}"/><sheetData>{cells}</sheetData></worksheet>'


def book_that_unpacks_to_much(random_):
    return _with_parts(sheet=b"0" * random_.randint(20, 60) * 1_000_000)


def book_of_one_long_text(random_):
    """A book has a text once; the sheet that is made of it, once for each of its cells."""
    space = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    texts = f'<sst xmlns="{space}"><si><t>{"x" * 32_000}</t></si></sst>'
    rows = "".join(
        f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(1, random_.randint(38_000, 40_000))
    )
    return _with_parts(sheet=_rows_of(rows), others={"xl/sharedStrings.xml": texts})


def book_of_entities(random_):
    layers = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10}">' for n in range(1, random_.randint(8, 12)))
    cell = '<row r="1"><c r="A1" t="inlineStr"><is><t>&e7;</t></is></c></row>'
    return _with_parts(sheet=f'<!DOCTYPE x [<!ENTITY e0 "ha">{layers}]>{_rows_of(cell)}')


def book_that_is_wide(random_):
    cells = "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(1, random_.randint(3, 40)))
    return _with_parts(sheet=_rows_of(cells, "A1:XFD1048576"))


def book_with_flipped_bits(random_):
    data = bytearray(_book())
    for _ in range(random_.randint(1, 60)):
        data[random_.randrange(len(data))] ^= 1 << random_.randrange(8)
    return bytes(data)


def book_with_odd_values(random_):
    book = Workbook()
    book.active.append(SHEET.strip().split(","))
    odd = [True, 1.5, 1e300, datetime(2026, 9, 1, 8), "=1+1", "=HYPERLINK(1)", None, "x" * 9_000, "\n", -1, "😀"]
    for n in range(20):
        book.active.append([f"p{n}@roster.test", *random_.sample(odd, 5)])
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


ZIPS = (
    *(bomb, traversal, nested, many_entries, lying_directory, bit_flips, cut_off, endless_quotes, long_line, controls),
    *(encodings, headings, odd_widths, manifests, noise, values),
)
SHEETS = (
    *(sheet_of_noise, sheet_of_quotes, sheet_of_one_line, sheet_in_another_encoding, sheet_with_controls),
    *(sheet_with_odd_headings, sheet_with_odd_values, sheet_that_is_too_large),
)
BOOKS = (
    *(book_that_unpacks_to_much, book_of_one_long_text, book_of_entities, book_that_is_wide, book_with_flipped_bits),
    book_with_odd_values,
)
NAMES = {**dict.fromkeys(ZIPS, "roster.zip"), **dict.fromkeys(SHEETS, "sheet.csv"), **dict.fromkeys(BOOKS, "book.xlsx")}


def hostile_files(count, seed=7):
    """Yield the name of a kind, the name that the file comes under, and the file, kind after kind."""
    for number in range(count):
        kind = list(NAMES)[number % len(NAMES)]
        yield f"{kind.__name__}-{number}", NAMES[kind], kind(random.Random(f"{seed} {number}"))
