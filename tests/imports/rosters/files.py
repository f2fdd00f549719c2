"""Roster files for tests, made of a few words."""

from __future__ import annotations

import csv
import io
import zipfile

ORGS = ("sourcedId", "status", "dateLastModified", "name", "type", "identifier", "parentSourcedId")
USERS = (
    *("sourcedId", "status", "dateLastModified", "enabledUser", "orgSourcedIds", "role", "username", "userIds"),
    *("givenName", "familyName", "middleName", "identifier", "email", "sms", "phone", "agentSourcedIds", "grades"),
    "password",
)
USERS_12 = tuple(name for name in USERS if name not in {"role", "orgSourcedIds"})
ROLES = ("sourcedId", "status", "dateLastModified", "userSourcedId", "roleType", "role", "beginDate", "endDate",
         "orgSourcedId")  # fmt: skip
CLASSES = (
    *("sourcedId", "status", "dateLastModified", "title", "grades", "courseSourcedId", "classCode", "classType"),
    *("location", "schoolSourcedId", "termSourcedIds", "subjects", "subjectCodes", "periods"),
)
ENROLMENTS = (
    *("sourcedId", "status", "dateLastModified", "classSourcedId", "schoolSourcedId", "userSourcedId", "role"),
    *("primary", "beginDate", "endDate"),
)
SESSIONS = ("sourcedId", "status", "dateLastModified", "title", "type", "startDate", "endDate", "parentSourcedId",
            "schoolYear")  # fmt: skip
HEADINGS = {"orgs": ORGS, "users": USERS, "classes": CLASSES, "enrollments": ENROLMENTS,
            "academicSessions": SESSIONS, "roles": ROLES}  # fmt: skip


def text(heading, rows, *, end="\r\n") -> str:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, heading, lineterminator=end, restval="", extrasaction="ignore")
    writer.writeheader()
    writer.writerows(rows)
    return buffer.getvalue()


def manifest(version="1.1", source="sis", **modes) -> str:
    names = ("academicSessions", "classes", "courses", "demographics", "enrollments", "orgs", "roles", "users")
    rows = [("manifest.version", "1.0"), ("oneroster.version", version), ("source.systemName", source)]
    rows += [(f"file.{name}", modes.get(name, "absent")) for name in names]
    return "propertyName,value\r\n" + "".join(f"{name},{value}\r\n" for name, value in rows)


def zipped(**files) -> bytes:
    """Return a zip of texts or bytes; names are given without `.csv`."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(f"{name}.csv", content)
    return buffer.getvalue()


def roster(mode="bulk", version="1.1", source="sis", headings=None, **rows) -> bytes:
    """Return a OneRoster zip: `roster(users=[person(1)], classes=[...])`."""
    headings = {**HEADINGS, **({"users": USERS_12} if version == "1.2" else {}), **(headings or {})}
    modes = dict.fromkeys(rows, mode)
    files = {name: text(headings[name], found) for name, found in rows.items()}
    return zipped(manifest=manifest(version, source, **modes), **files)


def person(number, role="student", **more):
    return {
        "sourcedId": f"p{number}",
        "enabledUser": "true",
        "orgSourcedIds": "s1",
        "role": role,
        "username": f"person{number}",
        "givenName": f"Given{number}",
        "familyName": f"Family{number}",
        "email": f"person{number}@roster.test",
        **more,
    }


def group(number, **more):
    return {"sourcedId": f"c{number}", "title": f"Class {number}", "courseSourcedId": "k1", "classType": "scheduled",
            "schoolSourcedId": "s1", "termSourcedIds": "t1", **more}  # fmt: skip


def member(group_number, person_number, role="student", **more):
    return {"sourcedId": f"e{group_number}-{person_number}", "classSourcedId": f"c{group_number}",
            "userSourcedId": f"p{person_number}", "role": role, **more}  # fmt: skip


def term(number=1, **more):
    return {"sourcedId": f"t{number}", "title": f"Term {number}", "type": "term", "startDate": "2026-09-01",
            "endDate": "2026-12-18", "schoolYear": "2027", **more}  # fmt: skip


def small(people=10, classes=2, **more):
    """Return the parts of a small roster: one teacher for each class, students spread over the classes."""
    users = [person(n, "teacher" if n <= classes else "student") for n in range(1, people + 1)]
    groups = [group(n) for n in range(1, classes + 1)]
    members = [member(n, n, "teacher") for n in range(1, classes + 1)]
    members += [member(n % classes + 1, n) for n in range(classes + 1, people + 1)]
    return {"academicSessions": [term()], "users": users, "classes": groups, "enrollments": members, **more}
