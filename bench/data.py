"""Fills an empty CareOps database with rows by the hundred thousand, in SQL, and signs somebody in.

Run by `run.py` as a process of its own: prints what the requests need to name, as JSON.
"""

import json
import os
import secrets
import sys
from pathlib import Path

import django

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "careops.settings")
django.setup()

# Everything below needs the settings above.

from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY  # noqa: E402
from django.contrib.sessions.backends.db import SessionStore  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.db import connection  # noqa: E402

from accounts.models import User  # noqa: E402
from accounts.roles import ADMIN  # noqa: E402
from accounts.services import create_user  # noqa: E402
from bookings.models import Service  # noqa: E402

BOOKINGS = 50_000
PEOPLE = 20

# Neutral values for what neither the rows below nor the baseline's mention.
DEFAULTS = """
DO $$
DECLARE
  tab text; col text; kind text;
BEGIN
  FOR tab, col, kind IN
    SELECT table_name, column_name, udt_name FROM information_schema.columns
    WHERE table_name IN ('contacts_contact', 'messaging_conversation', 'messaging_message', 'bookings_booking')
      AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT %s', tab, col, CASE
      WHEN col = 'token' THEN 'left(md5(random()::text), 16)'
      WHEN kind IN ('varchar', 'text') THEN quote_literal('')
      WHEN kind = 'uuid' THEN 'gen_random_uuid()'
      WHEN kind = 'bool' THEN 'false'
      WHEN kind LIKE 'timestamp%' THEN 'now()'
      ELSE '1' END);
  END LOOP;
END $$
"""
CONTACTS = """
INSERT INTO contacts_contact (name, email, phone, phone_e164, phone_digits, stage, notes, created_at)
SELECT (ARRAY['Ada','Élodie','Łukasz','Maya','Ben','Zoe','Jürgen','Priya'])[1 + n %% 8] || ' Client ' || n,
       'client' || n || '@client.example', '020 7946 ' || lpad((n %% 10000)::text, 4, '0'),
       '+442079' || lpad((n %% 1000000)::text, 6, '0'), '442079' || lpad((n %% 1000000)::text, 6, '0'),
       (ARRAY['new','contacted','booked','lost'])[1 + n %% 4], '', now() - n * interval '1 minute'
FROM generate_series(1, %s) n
"""
CONVERSATIONS = """
INSERT INTO messaging_conversation (contact_id, status, last_message_at, last_words)
SELECT c.id, 'open', c.created_at, 'Hello' FROM contacts_contact c
"""
# One visit of 20 minutes every half hour for each person, so that none overlap.
BOOKED = """
INSERT INTO bookings_booking (contact_id, service_id, staff_id, starts_at, ends_at, status, schedule_no, notes,
                              status_since, cancel_reason, created_at)
SELECT c.first + n %% c.many, %(service)s, (%(people)s::bigint[])[1 + n %% %(staff)s],
       t.at, t.at + interval '20 minutes', CASE WHEN t.at < now() THEN 'completed' ELSE 'confirmed' END,
       1, '', now(), '', now()
FROM generate_series(0, %(bookings)s - 1) n,
     LATERAL (
       SELECT date_trunc('hour', now())
              + (n / %(staff)s - %(bookings)s / %(staff)s / 2) * interval '30 minutes' AS at
     ) t,
     (SELECT min(id) AS first, count(*) AS many FROM contacts_contact) c
"""
MESSAGES = """
INSERT INTO messaging_message (conversation_id, direction, rule, subject, body, about_key, about_url, send_at, status,
                               reason, attempts, uuid, created_at)
SELECT v.id, 'out', 'confirmation', 'Your booking', 'Hello', '', '', v.last_message_at, 'sent', '', 1,
       gen_random_uuid(), v.last_message_at
FROM messaging_conversation v, generate_series(1, 2)
"""


def fill(contacts: int) -> dict:
    """Make ``contacts`` contacts with a conversation and two messages each, and BOOKINGS bookings.

    :returns: the keys of a service, of the people, and of the first and the last contact
    """
    people = [
        create_user(
            email=f"person{n}@careops.example", name=f"Person {n}", role=ADMIN, password=None, by=None
        )
        for n in range(PEOPLE)
    ]
    service = Service.objects.create(name="Massage", minutes=20)
    with connection.cursor() as cursor:
        # Loading is not what is measured: build the large index afterwards, check no references row by row.
        cursor.execute("SET session_replication_role = replica")
        cursor.execute(DEFAULTS)
        cursor.execute("DROP INDEX contact_search")
        cursor.execute(CONTACTS, [contacts])
        cursor.execute("CREATE INDEX contact_search ON contacts_contact USING gin (searchable gin_trgm_ops)")
        cursor.execute(CONVERSATIONS)
        cursor.execute(
            BOOKED,
            {"service": service.pk, "people": [p.pk for p in people], "staff": PEOPLE, "bookings": BOOKINGS},
        )
        cursor.execute(MESSAGES)
        cursor.execute("SET session_replication_role = DEFAULT")
        cursor.execute("VACUUM ANALYZE")
        cursor.execute("SELECT min(id), max(id) FROM contacts_contact")
        first, last = cursor.fetchone()
    return {"service": service.pk, "people": [p.pk for p in people], "first": first, "last": last}


def sign_in(user_pk: int, backend: str) -> dict[str, str]:
    """The headers of a browser that is signed in by ``backend``."""
    user = User.objects.get(pk=user_pk)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = backend
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    token = secrets.token_hex(16)
    return {"Cookie": f"sessionid={session.session_key}; csrftoken={token}", "X-CSRFToken": token}


if __name__ == "__main__":
    call_command("migrate", verbosity=0)
    call_command("createcachetable")
    call_command("sync_roles", stdout=sys.stderr)
    keys = fill(int(sys.argv[1]))
    person = keys["people"][0]
    headers = {
        "bare Django": sign_in(person, "django.contrib.auth.backends.ModelBackend"),
        "CareOps": sign_in(person, "accounts.backends.RoleBackend"),
    }
    print(json.dumps(keys | {"headers": headers}))
