"""A generator of roster files that mean harm, or are merely broken: the same for the same seed."""

from __future__ import annotations

import io
import random
import struct
import zipfile

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


KINDS = (
    bomb,
    traversal,
    nested,
    many_entries,
    lying_directory,
    bit_flips,
    cut_off,
    endless_quotes,
    long_line,
    controls,
    encodings,
    headings,
    odd_widths,
    manifests,
    noise,
    values,
)


def hostile_files(count, seed=7):
    """Yield the name of a kind and a file, kind after kind."""
    for number in range(count):
        kind = KINDS[number % len(KINDS)]
        yield f"{kind.__name__}-{number}", kind(random.Random(f"{seed} {number}"))
