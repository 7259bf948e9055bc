"""The outside world as it writes to us: signed webhooks, and mail as it travels."""

import time

from django.http import QueryDict
from django.test import Client
from django.urls import reverse

from messaging.inbound import signatures

SECRET = "only-whoever-brings-us-mail-knows-this"
TOKEN = "the-token-of-our-account"
SMS_URL = f"twilio://AC1:{TOKEN}@api.twilio.com/+15550100"
ORIGIN = "https://front.desk.example"


def sms_from(number: str, body: str, *, sid: str, **fields: str) -> dict[str, str]:
    return {"MessageSid": sid, "From": number, "To": "+15550100", "Body": body, **fields}


def post_sms(client: Client, fields: dict[str, str], *, signature: str | None = None):
    """Bring an SMS webhook as the provider does; with its own signature unless another one is given."""
    form = QueryDict(mutable=True)
    form.update(fields)
    path = reverse("webhook_sms")
    if signature is None:
        signature = signatures.twilio(token=TOKEN, url=ORIGIN + path, fields=form)
    return client.post(
        path,
        form.urlencode(),
        content_type="application/x-www-form-urlencoded",
        headers={"X-Twilio-Signature": signature},
    )


def email(
    body: str = "Hello.",
    *,
    sender: str = "Ada <ada@client.example>",
    to: str = "reply@in.example",
    **headers: str,
) -> bytes:
    """An email as it travels; the names of headers with underscores for hyphens."""
    lines = {"From": sender, "To": to, "Subject": "A question", "Message-ID": "<1@client.example>"}
    lines |= {name.replace("_", "-"): value for name, value in headers.items()}
    head = "".join(f"{name}: {value}\r\n" for name, value in lines.items() if value is not None)
    return f"{head}\r\n{body}\r\n".replace("\r\n\r\n\r\n", "\r\n\r\n").encode()


def post_mail(client: Client, raw: bytes, *, timestamp: int | None = None, signature: str | None = None):
    """Bring an email as our own mail server does; signed now unless something else is given."""
    timestamp = str(int(time.time()) if timestamp is None else timestamp)
    if signature is None:
        signature = signatures.ours(secret=SECRET, timestamp=timestamp, body=raw)
    return client.post(
        reverse("webhook_raw_mail"),
        raw,
        content_type="message/rfc822",
        headers={"X-CareOps-Timestamp": timestamp, "X-CareOps-Signature": signature},
    )


def bounce(
    uuid: str, *, status: str = "5.1.1", action: str = "failed", said: str = "550 5.1.1 No such user"
) -> bytes:
    """What a mail server writes about an email of ours."""
    return f"""From: MAILER-DAEMON@mx.client.example
To: careops@localhost
Subject: Undelivered Mail Returned to Sender
Message-ID: <dsn-{uuid}-{status}@mx.client.example>
Auto-Submitted: auto-replied
MIME-Version: 1.0
Content-Type: multipart/report; report-type=delivery-status; boundary="B"

--B
Content-Type: text/plain

I am sorry.

--B
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.client.example

Final-Recipient: rfc822; ada@client.example
Action: {action}
Status: {status}
Diagnostic-Code: smtp; {said}

--B
Content-Type: text/rfc822-headers

Message-ID: <{uuid}@localhost>
Subject: Your booking

--B--
""".replace("\n", "\r\n").encode()
