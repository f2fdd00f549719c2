from __future__ import annotations

import pytest
from argon2 import PasswordHasher, extract_parameters

from webapp.accounts import passwords
from webapp.core.errors import InvalidInputError
from webapp.core.permissions import Role


def refusal(password, role=Role.STUDENT, known=()):
    with pytest.raises(InvalidInputError) as refused:
        passwords.check_choice(password, role, known)
    return refused.value.errors[0]


def test_a_hash_is_argon2id_with_the_parameters_we_promise():
    found = extract_parameters(passwords.hash_password("six grey herons"))
    assert (found.type.name, found.memory_cost, found.time_cost, found.parallelism) == ("ID", 19 * 1024, 2, 1)


def test_only_the_right_password_matches():
    kept = passwords.hash_password("six grey herons")
    assert passwords.matches(kept, "six grey herons")
    assert not passwords.matches(kept, "six grey heron")
    assert not passwords.matches("not a hash", "six grey herons")


def test_the_same_letters_typed_another_way_match():
    kept = passwords.hash_password("caf\u00e9 at the corner")
    assert passwords.matches(kept, "cafe\u0301 at the corner")


def test_nobodys_password_is_checked_as_long_as_anybodys(monkeypatch):
    checked = []
    real = passwords._hasher.verify

    class Counting:
        def verify(self, kept, given):
            checked.append(extract_parameters(kept))
            return real(kept, given)

    kept = passwords.hash_password("six grey herons")
    monkeypatch.setattr(passwords, "_hasher", Counting())
    assert not passwords.matches(kept, "wrong")
    assert not passwords.matches(None, "wrong")
    assert len(checked) == 2
    assert checked[0] == checked[1]


def test_a_hash_with_older_parameters_is_outdated():
    assert passwords.is_outdated(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("x"))
    assert not passwords.is_outdated(passwords.hash_password("x"))


@pytest.mark.parametrize(("role", "shortest"), [("student", 8), ("teacher", 12), ("manager", 12), ("admin", 12)])
def test_staff_need_more_letters(role, shortest):
    phrase = "xk7 vbq 2mw ztr"
    passwords.check_choice(phrase[:shortest], Role(role), ())
    assert str(shortest) in refusal(phrase[: shortest - 1], Role(role)).message


@pytest.mark.parametrize(
    "password",
    ["password", "Passw0rd", "12345678", "qwertyuiop", "letmein123", "aaaaaaaaaaaaaaaa", "liverpool1", "abcdefghij"],
)
def test_common_passwords_are_refused(password):
    assert "first that anybody would try" in refusal(password).message


def test_what_everybody_knows_of_the_person_is_refused():
    known = ("rosalind.achterberg@school.test", "Rosalind", "Achterberg")
    assert refusal("Achterberg1", known=known)
    assert refusal("milepost1", known=known)


def test_the_refusal_names_the_field():
    with pytest.raises(InvalidInputError) as refused:
        passwords.check_choice("short", Role.STUDENT, (), field="new_password")
    assert refused.value.errors[0].field == "new_password"


def test_a_very_long_password_is_judged_quickly_and_kept_whole():
    long = "six grey herons wade " * 45
    passwords.check_choice("xq" + long, Role.ADMIN, ())
    assert not passwords.matches(passwords.hash_password(long), long[:-1])
