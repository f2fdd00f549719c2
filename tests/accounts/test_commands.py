from __future__ import annotations

import pytest
from sqlalchemy import select

from webapp.accounts import passwords
from webapp.accounts.identity import viewer_of_token
from webapp.accounts.models import ApiToken, User, UserSession
from webapp.core.permissions import Role
from webapp.core.secrets import hash_secret
from webapp.schools.models import School

PHRASE = "six grey herons wade"


@pytest.fixture
def flask(app):
    """Return a way to run a command; the answer has exit_code, stdout and stderr."""
    return lambda *words: app.test_cli_runner().invoke(args=words)


@pytest.fixture
def school(session):
    made = School(name="Northfield School", slug="northfield", time_zone="Europe/Berlin")
    session.add(made)
    session.commit()
    return made


def person(session, email):
    session.expire_all()
    return session.scalar(select(User).where(User.email == email))


class TestUsers:
    def test_a_person_with_everything(self, flask, school, session):
        words = ["--first-name", "Ada", "--last-name", "Byron", "--zone", "Asia/Tokyo", "--password", PHRASE]
        made = flask(
            "users", "create", "--email", "Ada@School.test", "--role", "teacher", "--school", "northfield", *words
        )
        assert made.exit_code == 0
        found = person(session, "ada@school.test")
        assert made.stdout == f"{found.id}\n"
        assert (found.name, found.role, found.time_zone) == ("Ada Byron", Role.TEACHER, "Asia/Tokyo")
        assert found.school_id == school.id
        assert passwords.matches(found.password_hash, PHRASE)

    def test_an_admin_needs_no_school(self, flask, session):
        assert flask("users", "create", "--email", "a@x.test", "--role", "admin", "--password", PHRASE).exit_code == 0
        assert person(session, "a@x.test").school_id is None

    def test_without_a_password_nobody_can_sign_in(self, flask, school, session):
        flask("users", "create", "--email", "a@x.test", "--role", "student", "--school", "northfield")
        assert person(session, "a@x.test").password_hash is None

    @pytest.mark.parametrize(
        ("words", "refusal"),
        [
            (["--email", "a@x.test", "--role", "student"], "A student belongs to a school"),
            (
                ["--email", "a@x.test", "--role", "student", "--school", "nowhere"],
                "No school has the short name nowhere",
            ),
            (["--email", "not an address", "--role", "admin"], "Enter a mail address"),
            (["--email", "a@x.test", "--role", "pupil"], "'pupil' is not one of"),
            (["--email", "a@x.test", "--role", "admin", "--password", "password1234"], "first that anybody would try"),
            (["--email", "a@x.test", "--role", "admin", "--password", "elevenchars"], "at least 12 characters"),
            (["--email", "a@x.test", "--role", "admin", "--zone", "Mars/Olympus"], "Choose a time zone"),
        ],
    )
    def test_refusals_end_with_words_and_change_nothing(self, flask, school, session, words, refusal):
        ended = flask("users", "create", *words)
        assert ended.exit_code != 0
        assert refusal in ended.stderr
        assert ended.stdout == ""
        assert person(session, "a@x.test") is None

    def test_an_address_is_taken_once(self, flask, session):
        flask("users", "create", "--email", "a@x.test", "--role", "admin")
        again = flask("users", "create", "--email", "A@X.test", "--role", "admin")
        assert again.exit_code != 0
        assert "Somebody has this address already" in again.stderr

    def test_a_new_password_signs_out_everywhere(self, flask, cast, as_, session):
        client = as_(cast.student)
        done = flask("users", "set-password", "--email", cast.student.user.email, "--password", PHRASE)
        assert done.exit_code == 0
        session.expire_all()
        assert session.scalars(select(UserSession.revoked_at)).one() is not None
        session.commit()
        assert client.get("/account").status_code == 303


class TestTokens:
    def test_the_token_stands_alone_on_stdout(self, flask, cast, session):
        words = ["--user", cast.teacher.user.email, "--scopes", "read,write", "--name", "script"]
        made = flask("tokens", "create", *words)
        assert made.exit_code == 0
        secret = made.stdout.removesuffix("\n")
        assert secret == secret.strip()
        viewer = viewer_of_token(session.connection(), hash_secret(secret), demo=False)
        assert (viewer.user_id, viewer.scopes) == (cast.teacher.id, {"read", "write"})

    def test_the_same_command_makes_another(self, flask, cast, session):
        words = ["--user", cast.teacher.user.email, "--scopes", "read", "--name", "script"]
        assert flask("tokens", "create", *words).stdout != flask("tokens", "create", *words).stdout

    def test_one_with_an_end(self, flask, cast, session):
        flask(
            "tokens", "create", "--user", cast.teacher.user.email, "--scopes", "read", "--name", "x", "--lifetime", "30"
        )
        assert session.scalars(select(ApiToken)).one().expires_at is not None

    @pytest.mark.parametrize(
        ("user", "scopes", "refusal"),
        [("nobody@x.test", "read", "Nobody has the address"), ("student@school.test", "read,root", "scopes")],
    )
    def test_refusals(self, flask, cast, user, scopes, refusal):
        ended = flask("tokens", "create", "--user", user, "--scopes", scopes, "--name", "x")
        assert ended.exit_code != 0
        assert ended.stdout == ""
        assert refusal in ended.stderr
