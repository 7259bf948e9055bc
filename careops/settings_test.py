"""What differs in tests: a quick hasher, N+1 queries as errors, and no surprises from a developer's .env."""

import os

os.environ.setdefault("ENVIRONMENT", "development")
os.environ.setdefault("EMAIL_URL", "")

from careops.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS += ["zeal"]  # noqa: F405
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]  # noqa: F405
ZEAL_RAISE = True
ZEAL_ALLOWLIST = [
    # A booking plans several messages, and each locks the conversation for itself.
    {"model": "messaging.Conversation", "field": "get()"},
    # ... and looks up the addresses of the contact under that lock.
    {"model": "messaging.Address", "field": "*"},
    # allauth looks its person and its session up more than once while it signs somebody in or out.
    {"model": "sessions.Session", "field": "get()"},
    {"model": "accounts.User", "field": "get()"},
]
