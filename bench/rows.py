"""The rows of a business as it is after years, by the hundred thousand, in SQL.

Every statement makes the rows numbered from ``first`` to ``last``, so that several connections can share the work. The
numbers are the primary keys: contact, conversation and email address of one customer have the same.

A hundred people have had visits over ten years, evenly. The last two weeks and the next eight belong to the TODAYS of
them who are still there: each has a visit in every second half hour of the first ten hours, from eight o'clock on, and
a week from now a day without a break. `free_slots` knows what that leaves.
"""
# ruff: noqa: S608 - nothing in it comes from outside

import datetime
import itertools
from collections.abc import Iterator

TABLES = [
    "bookings_booking",
    "messaging_message",
    "contacts_contact",
    "messaging_conversation",
    "messaging_address",
]
PEOPLE, TODAYS = 100, 20
SERVICES = 8
PER_CONTACT = {"bookings": 5, "messages": 10}
YEARS = 10
HALF_HOURS = 24  # of a working day, from eight to eight
VISITS = 10  # of one person on a day
BEFORE, AFTER = 14, 55  # days around today that are as busy as today
FULL_DAY = 7  # days from now
NEAR = TODAYS * ((BEFORE + 1 + AFTER) * VISITS + HALF_HOURS - VISITS)  # bookings
WAITING = 30  # conversations
LEAST = 3000  # contacts: fewer have fewer bookings than NEAR
ZONE = "Europe/London"


def free_slots(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """What is free from ``first`` to ``last`` days from now, as (day, half hour, number of the person).

    One after the other it is somebody else's, as it is where many people book at the same time.
    """
    for day, half_hour, person in itertools.product(range(first, last + 1), range(HALF_HOURS), range(TODAYS)):
        if day != FULL_DAY and not _is_booked(half_hour, person):
            yield day, half_hour, person


def _is_booked(half_hour: int, person: int) -> bool:
    """As the statement NEAR_BOOKINGS has it."""
    since = half_hour - person % 4
    return since % 2 == 0 and 0 <= since < 2 * VISITS


def start_of(day: datetime.date, half_hour: int) -> datetime.datetime:
    """A half hour on the wall of the business, without its zone."""
    return datetime.datetime.combine(day, datetime.time(8)) + half_hour * datetime.timedelta(minutes=30)


CONTACTS = """
INSERT INTO contacts_contact (id, name, email, phone, phone_e164, phone_digits, stage, source, created_at)
SELECT n,
       (ARRAY['Ada','Élodie','Łukasz','Maya','Ben','Zoe','Jürgen','Priya','Amélie','Tom','Aoife','Kwame'])[1 + n %% 12]
         || ' ' || initcap(translate(left(md5(n::text), 7), '0123456789', 'aeioulnrst')),
       'client' || n || '@client.example', '020 7946 ' || lpad((n %% 10000)::text, 4, '0'),
       '+442079' || lpad((n %% 1000000)::text, 6, '0'), '442079' || lpad((n %% 1000000)::text, 6, '0'),
       CASE WHEN n %% 100 < 90 THEN 'booked' WHEN n %% 100 < 96 THEN 'contacted' WHEN n %% 100 < 98 THEN 'new'
            ELSE 'lost' END,
       'staff', now - (%(contacts)s - n) * interval '5 minutes'
FROM generate_series(%(first)s::bigint, %(last)s) n, (SELECT %(now)s::timestamptz AS now) clock
"""
CONVERSATIONS = """
INSERT INTO messaging_conversation (id, contact_id, status, last_message_at, last_words, waiting_since, is_unread)
SELECT n, n, CASE WHEN waits IS NULL AND n %% 10 < 3 THEN 'closed' ELSE 'open' END,
       coalesce(waits, now - (n * 7919 %% %(contacts)s + 60) * interval '1 minute'),
       CASE WHEN waits IS NULL THEN 'See you on Tuesday then' ELSE 'Can I come half an hour later?' END,
       waits, waits IS NOT NULL
FROM generate_series(%(first)s::bigint, %(last)s) n, (SELECT %(now)s::timestamptz AS now) clock,
     LATERAL (SELECT CASE WHEN n > %(contacts)s - %(waiting)s
                          THEN now - (%(contacts)s - n + 1) * interval '13 minutes' END AS waits) w
"""
ADDRESSES = """
INSERT INTO messaging_address (id, channel, value, state)
SELECT n, 'email', 'client' || n || '@client.example', 'unknown'
FROM generate_series(%(first)s::bigint, %(last)s) n
"""
PAST_BOOKINGS = f"""
INSERT INTO bookings_booking (id, contact_id, service_id, staff_id, starts_at, ends_at, status, source, booked_by_id,
                              status_since, cancel_cause, created_at)
SELECT n, 1 + n * 7919 %% %(contacts)s, (%(services)s::bigint[])[1 + n %% {SERVICES}],
       (%(people)s::bigint[])[1 + n %% {PEOPLE}], at, at + interval '30 minutes',
       CASE WHEN fate < 90 THEN 'completed' WHEN fate < 96 THEN 'cancelled' ELSE 'no_show' END,
       CASE WHEN n %% 4 = 0 THEN 'online' ELSE 'staff' END, CASE WHEN n %% 4 > 0 THEN (%(people)s::bigint[])[1] END,
       at + interval '31 minutes', CASE WHEN fate BETWEEN 90 AND 95 THEN 'customer' ELSE '' END,
       at - (3 + n %% 25) * interval '1 day'
FROM generate_series(%(first)s::bigint, %(last)s) n,
     LATERAL (SELECT n / {PEOPLE} * ({YEARS} * 365 * {HALF_HOURS}) / (%(past)s / {PEOPLE} + 1) AS slot,
                     (n / {PEOPLE} * 31 + n) %% 100 AS fate) s,
     LATERAL (SELECT (%(today)s::date - {BEFORE} - {YEARS} * 365 + (slot / {HALF_HOURS})::int + time '08:00'
                      + slot %% {HALF_HOURS} * interval '30 minutes') AT TIME ZONE '{ZONE}' AS at) t
"""
NEAR_BOOKINGS = f"""
INSERT INTO bookings_booking (id, contact_id, service_id, staff_id, starts_at, ends_at, status, source, booked_by_id,
                              status_since, request_expires_at, arrived_at, created_at)
SELECT n, 1 + n * 7919 %% %(contacts)s, (%(services)s::bigint[])[1 + n %% {SERVICES}],
       (%(people)s::bigint[])[1 + person], at, at + interval '30 minutes', status,
       CASE WHEN n %% 4 = 0 THEN 'online' ELSE 'staff' END, CASE WHEN n %% 4 > 0 THEN (%(people)s::bigint[])[1] END,
       least(at, now), CASE WHEN status = 'requested' THEN now + interval '20 hours' END,
       CASE WHEN status = 'arrived' THEN at END, created
FROM (SELECT n, n - %(past)s - 1 AS k FROM generate_series(%(first)s::bigint, %(last)s) n) near,
     (SELECT %(now)s::timestamptz AS now) clock,
     LATERAL (SELECT k %% {TODAYS} AS person, k / {TODAYS} AS visit) p,
     LATERAL (
       SELECT CASE WHEN visit < {HALF_HOURS} THEN {FULL_DAY} ELSE (visit - {HALF_HOURS}) / {VISITS} - {BEFORE} END
                AS early,
              CASE WHEN visit < {HALF_HOURS} THEN visit
                   ELSE (visit - {HALF_HOURS}) %% {VISITS} * 2 + person %% 4 END AS half_hour) d,
     -- The day without a break has its visits already, so all later ones lie a day later.
     LATERAL (SELECT early + (visit >= {HALF_HOURS} AND early >= {FULL_DAY})::int AS day) l,
     LATERAL (SELECT (%(today)s::date + day::int + time '08:00' + half_hour * interval '30 minutes')
                     AT TIME ZONE '{ZONE}' AS at) t,
     LATERAL (
       SELECT least(at - (3 + n %% 25) * interval '1 day', now - (1 + n %% 5000) * interval '1 minute') AS created,
              CASE WHEN at + interval '30 minutes' < now
                   THEN CASE WHEN n %% 30 = 0 AND at > now - interval '2 days' THEN 'confirmed'
                             ELSE 'completed' END
                   WHEN at < now THEN 'arrived'
                   WHEN day BETWEEN 1 AND 14 AND n %% 250 = 0 THEN 'requested'
                   ELSE 'confirmed' END AS status) w
"""
# Two of each booking: its confirmation, and its reminder or, now and then, what somebody asked and was answered.
MESSAGES = """
INSERT INTO messaging_message (id, conversation_id, direction, channel, address, rule, key, subject, body, about_key,
                               about_url, send_at, status, attempts, created_at, sent_at, sent_by_id)
SELECT n, b.contact_id, CASE kind WHEN 'in' THEN 'in' ELSE 'out' END, 'email',
       'client' || b.contact_id || '@client.example', rule, CASE WHEN rule <> '' THEN about || ':' || rule || ':1' END,
       CASE kind WHEN 'confirmation' THEN 'Your visit is booked' WHEN 'reminder' THEN 'Your visit tomorrow'
                 ELSE 'A question' END,
       CASE kind WHEN 'in' THEN 'Is there somewhere to park near you?'
                 WHEN 'reply' THEN 'There is, behind the house. Ring twice and we open the gate for you.'
                 ELSE 'Hello, we look forward to seeing you. If you cannot come, please tell us a day before: a click '
                      || 'on the link below is enough, and somebody else gets the time.' END,
       CASE WHEN rule <> '' THEN about ELSE '' END, CASE WHEN rule <> '' THEN '/bookings/' || b.id || '/' ELSE '' END,
       at,
       CASE WHEN kind = 'in' THEN 'received' WHEN at < now THEN 'sent'
            WHEN b.status = 'cancelled' THEN 'cancelled' ELSE 'planned' END,
       (at < now)::int, created_at, CASE WHEN kind <> 'in' AND at < now THEN at END,
       CASE kind WHEN 'reply' THEN (%(people)s::bigint[])[1] END
FROM (SELECT n, (n + 1) / 2 AS booking FROM generate_series(%(first)s::bigint, %(last)s) n) m
     JOIN bookings_booking b ON b.id = booking, (SELECT %(now)s::timestamptz AS now) clock,
     LATERAL (SELECT 'booking:' || b.id AS about,
                     CASE WHEN n %% 2 = 1 THEN 'confirmation' WHEN b.id %% 12 = 0 THEN 'in'
                          WHEN b.id %% 12 = 1 THEN 'reply' ELSE 'reminder' END AS kind) k,
     LATERAL (SELECT CASE WHEN kind IN ('confirmation', 'reminder') THEN kind ELSE '' END AS rule,
                     CASE kind WHEN 'reminder' THEN b.starts_at - interval '1 day' ELSE b.created_at END AS at) r
"""
# What is waited for in the inbox, and a few that were not delivered.
QUESTIONS = """
INSERT INTO messaging_message (conversation_id, direction, channel, address, subject, body, send_at, status, created_at)
SELECT c.id, 'in', 'email', a.value, 'A question', c.last_words, c.waiting_since, 'received', c.waiting_since
FROM messaging_conversation c JOIN messaging_address a ON a.id = c.id WHERE c.id > %(contacts)s - %(waiting)s
"""
FAILED = """
UPDATE messaging_message SET status = 'failed', reason_code = 'failed', reason = 'There is no such mailbox.',
       sent_at = NULL
 WHERE id IN (SELECT id FROM messaging_message WHERE status = 'sent' ORDER BY send_at DESC LIMIT 5)
"""
# Neutral values for what the rows above and those of the bare Django do not mention.
DEFAULTS = f"""
DO $$
DECLARE
  col record;
BEGIN
  FOR col IN
    SELECT c.*, EXISTS (
             SELECT 1 FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = i.indkey[0]
             WHERE i.indrelid = c.table_name::regclass AND i.indisunique AND i.indnatts = 1
               AND a.attname = c.column_name) AS is_unique
    FROM information_schema.columns c
    WHERE table_schema = current_schema AND table_name = ANY (ARRAY{TABLES})
      AND is_nullable = 'NO' AND column_default IS NULL AND is_identity = 'NO' AND is_generated = 'NEVER'
  LOOP
    EXECUTE format('ALTER TABLE %I ALTER %I SET DEFAULT %s', col.table_name, col.column_name, CASE
      WHEN col.udt_name IN ('varchar', 'text') AND col.is_unique
        THEN format('left(translate(gen_random_uuid()::text, %L, %L), %s)', '-', '',
                    coalesce(col.character_maximum_length, 32))
      WHEN col.udt_name IN ('varchar', 'text') THEN quote_literal('')
      WHEN col.udt_name = 'uuid' THEN 'gen_random_uuid()'
      WHEN col.udt_name = 'bool' THEN 'false'
      WHEN col.udt_name LIKE 'timestamp%' THEN 'now()'
      ELSE '1' END);
  END LOOP;
END $$
"""
