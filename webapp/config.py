"""Settings, read from the environment once; every name is documented in docs/operations.md."""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import tempfile
from email.utils import parseaddr
from functools import cached_property
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LONGEST_SOCKET_PATH = 100
PUBLIC_URL = re.compile(r"https?://[^\s/?#@]+(/[^\s?#]*)?")
MAIL_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
LOCAL_HOSTS = ("localhost", "127.0.0.1")


class Settings(BaseSettings):
    """How this installation runs. `MILEPOST_HOME` is where data lives."""

    model_config = SettingsConfigDict(extra="ignore", populate_by_name=True)

    milepost_home: Path = ROOT / "var"
    database_url: str = ""
    redis_url: str = ""
    secret_key: str = ""
    host: str = "127.0.0.1"
    port: int = 8000
    trusted_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    proxy_hops: int = 0
    secure_cookies: bool = False
    demo: bool = True
    web_workers: int = 2
    web_threads: int = 4
    job_workers: int = 1
    api_rate_limit: int = 600
    events_rate_limit: int = 6000
    activity_tracking: bool = True
    activity_kept_days: int = Field(default=90, ge=1, le=3650)
    events_kept_days: int = Field(default=90, ge=1, le=3650)
    slow_query_ms: int = Field(default=250, ge=1)
    metrics_token: str = ""
    system_metrics_kept_days: int = Field(default=30, ge=1, le=3650)
    watch_seconds: int = Field(default=60, ge=1, le=3600)
    maximum_upload_mb: int = 20
    public_url: str = ""
    private_sign_in_hosts: Annotated[tuple[str, ...], NoDecode] = ()
    mail_backend: Literal["file", "console", "smtp", "locmem"] = "file"
    mail_from: str = "milepost@localhost"
    mail_host: str = "localhost"
    mail_port: int = 0
    mail_tls: Literal["none", "starttls", "implicit"] = "starttls"
    mail_username: str = ""
    mail_password: str = ""
    mail_timeout: int = 30
    log_level: Literal["", "debug", "info", "warning", "error", "critical"] = ""
    milepost_bench: bool = False
    testing: bool = False

    @field_validator("trusted_hosts", "private_sign_in_hosts", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        """Read a comma-separated list."""
        if isinstance(value, str):
            return tuple(part.strip() for part in value.split(",") if part.strip())
        return value

    @field_validator("database_url")
    @classmethod
    def _with_driver(cls, value: str) -> str:
        """Accept the common spellings of a PostgreSQL address."""
        for prefix in ("postgres://", "postgresql://"):
            if value.startswith(prefix):
                return "postgresql+psycopg://" + value.removeprefix(prefix)
        return value

    @field_validator("public_url")
    @classmethod
    def _without_slash(cls, value: str) -> str:
        """Take an address of a page's beginning only: a scheme, a host, perhaps a path."""
        if value and not PUBLIC_URL.fullmatch(value):
            message = "write it like https://plan.school.example"
            raise ValueError(message)
        return value.rstrip("/")

    @field_validator("mail_from")
    @classmethod
    def _one_address(cls, value: str) -> str:
        """Take `name@host` or `Some Name <name@host>`, on one line."""
        if not value.isprintable() or not MAIL_ADDRESS.fullmatch(parseaddr(value)[1]):
            message = "write it like Milepost <milepost@school.example>"
            raise ValueError(message)
        return value

    @property
    def home(self) -> Path:
        """Return the data folder as an absolute path."""
        return self.milepost_home.expanduser().absolute()

    @property
    def sqlalchemy_url(self) -> str:
        """Return the database address; SQLite in the data folder unless set."""
        return self.database_url or f"sqlite:///{self.home / 'milepost.db'}"

    @property
    def redis_address(self) -> str:
        """Return the Redis address; that of the embedded server unless set."""
        return self.redis_url or f"unix://{self.redis_socket}"

    @property
    def redis_socket(self) -> Path:
        """Return where the embedded Redis listens: in the data folder, if its path is short enough for a socket."""
        inside = self.home / "redis.sock"
        if len(os.fsencode(inside)) <= LONGEST_SOCKET_PATH:
            return inside
        short_name = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path(tempfile.gettempdir()) / f"milepost-{os.getuid()}-{short_name}" / "redis.sock"

    @cached_property
    def signing_key(self) -> str:
        """Return the secret key, making and keeping one in the data folder on first use."""
        return self.secret_key or _kept_key(self.home / "secret_key")

    @property
    def public_address(self) -> str:
        """Return what stands before the path in addresses that leave the site, as in mails; no slash at its end.

        It comes from settings alone: a request's own host name is whatever its sender wrote.
        """
        if self.public_url:
            return self.public_url
        named = next((name for name in self.trusted_hosts if not name.startswith(".")), "")
        scheme = "https" if self.secure_cookies else "http"
        return f"{scheme}://{named}" if named else f"{scheme}://localhost:{self.port}"

    @property
    def smtp_port(self) -> int:
        """Return the mail server's port: the usual one for the kind of encryption unless set."""
        return self.mail_port or {"none": 25, "starttls": 587, "implicit": 465}[self.mail_tls]

    @property
    def allowed_hosts(self) -> list[str]:
        """Return the host names that requests may carry."""
        return [*LOCAL_HOSTS, *self.trusted_hosts]


def _kept_key(path: Path) -> str:
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_text().strip()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
    return path.read_text().strip()
