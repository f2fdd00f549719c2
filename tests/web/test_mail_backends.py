from __future__ import annotations

import ssl
import stat
from email import message_from_bytes, policy

import pytest
from flask_mailman import EmailMessage
from pydantic import ValidationError

from webapp.config import Settings
from webapp.web.letters import page_address
from webapp.web.mail_backends import FileEmailBackend, SmtpEmailBackend, WatchedSmtp, WatchedSmtpSsl, forget_files


def message(subject="Hello", name="<one@school.test>"):
    return EmailMessage(subject, "Words", to=["a@school.test"], headers={"Message-ID": name}, connection=object())


class TestFiles:
    @pytest.fixture
    def folder(self, app, tmp_path, monkeypatch):
        monkeypatch.setattr(app.extensions["mailman"], "file_path", str(tmp_path / "mail"))
        with app.app_context():
            yield tmp_path / "mail"

    def test_each_mail_is_a_file_that_only_its_owner_reads(self, folder):
        FileEmailBackend().send_messages([message(), message(name="<two@school.test>")])
        assert sorted(path.name for path in folder.iterdir()) == ["one-school-test.eml", "two-school-test.eml"]
        path = folder / "one-school-test.eml"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        assert message_from_bytes(path.read_bytes(), policy=policy.default)["Subject"] == "Hello"

    def test_the_same_mail_twice_is_one_file(self, folder):
        for _ in range(2):
            FileEmailBackend().send_messages([message()])
        assert len(list(folder.iterdir())) == 1

    def test_a_name_does_not_lead_out_of_the_folder(self, folder, tmp_path):
        FileEmailBackend().send_messages([message(name="<../../evil@school.test>")])
        assert [path.parent for path in tmp_path.rglob("*.eml")] == [folder]

    def test_old_ones_go_and_nothing_else(self, folder):
        FileEmailBackend().send_messages([message()])
        (folder / "notes.txt").write_text("mine")
        written = (folder / "one-school-test.eml").stat().st_mtime
        forget_files(str(folder), written)
        assert len(list(folder.iterdir())) == 2
        forget_files(str(folder), written + 1)
        assert [path.name for path in folder.iterdir()] == ["notes.txt"]


class TestEncryption:
    """Flask-Mailman's own backend takes any certificate after STARTTLS; ours does not."""

    def test_certificate_and_name_are_checked(self, app, monkeypatch):
        seen = []

        class Silent(WatchedSmtp):
            def __init__(self, *_args, **_options):
                pass

            def starttls(self, *, context):
                seen.append(context)

            def close(self):
                pass

        monkeypatch.setattr(SmtpEmailBackend, "connection_class", Silent)
        with app.app_context():
            SmtpEmailBackend(use_tls=True, use_ssl=False).open()
        assert (seen[0].verify_mode, seen[0].check_hostname) == (ssl.CERT_REQUIRED, True)

    def test_encrypted_from_the_beginning_as_well(self, app, monkeypatch):
        seen = {}
        monkeypatch.setattr(WatchedSmtpSsl, "__init__", lambda _self, *_args, **options: seen.update(options))
        with app.app_context():
            SmtpEmailBackend(use_tls=False, use_ssl=True).open()
        assert (seen["context"].verify_mode, seen["context"].check_hostname) == (ssl.CERT_REQUIRED, True)


class TestSettings:
    @pytest.mark.parametrize(
        ("given", "address"),
        [
            ({}, "http://localhost:8000"),
            ({"port": 9000}, "http://localhost:9000"),
            ({"trusted_hosts": "plan.school.test"}, "http://plan.school.test"),
            ({"trusted_hosts": ".school.test,plan.school.test", "secure_cookies": True}, "https://plan.school.test"),
            ({"public_url": "https://school.test/plan/"}, "https://school.test/plan"),
        ],
    )
    def test_where_links_in_mails_lead(self, given, address):
        assert Settings(**given).public_address == address

    @pytest.mark.parametrize("url", ["school.test", "javascript:alert(1)", "https://a b", "https://x@evil.test", "//x"])
    def test_what_is_no_beginning_of_an_address_is_refused(self, url):
        with pytest.raises(ValidationError, match="write it like"):
            Settings(public_url=url)

    @pytest.mark.parametrize("sender", ["", "nobody", "a@b\nBcc: c@d", "Milepost <>", "a@b@c"])
    def test_so_is_what_is_no_sender(self, sender):
        with pytest.raises(ValidationError, match="write it like"):
            Settings(mail_from=sender)

    @pytest.mark.parametrize(("tls", "port"), [("none", 25), ("starttls", 587), ("implicit", 465)])
    def test_the_usual_port(self, tls, port):
        assert Settings(mail_tls=tls).smtp_port == port
        assert Settings(mail_tls=tls, mail_port=2525).smtp_port == 2525


def test_an_address_in_a_mail_needs_no_request(app):
    with app.app_context():
        assert page_address("planner.week") == "http://localhost:8000/planner"
        assert page_address("planner.week", week="2026-W47") == "http://localhost:8000/planner?week=2026-W47"
