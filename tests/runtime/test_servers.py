from __future__ import annotations

import psycopg
import redis
from sqlalchemy.engine import make_url


def test_postgres_is_ours_alone(postgres_url):
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(address) as connection:
        rows = connection.execute("select count(*) from pg_tables where schemaname = 'public'").fetchone()
    assert rows is not None


def test_redis_answers(redis_url):
    client = redis.Redis.from_url(redis_url)
    assert client.ping()
    client.close()
