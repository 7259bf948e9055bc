"""What differs in tests: a quick hasher, N+1 queries as errors, and no surprises from a developer's .env."""

import os

os.environ.setdefault("ENVIRONMENT", "development")
os.environ.setdefault("EMAIL_URL", "")

from careops.settings import *  # noqa: F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
INSTALLED_APPS += ["zeal"]  # noqa: F405
MIDDLEWARE = ["zeal.middleware.zeal_middleware", *MIDDLEWARE]  # noqa: F405
LOGGING["handlers"]["stderr"]["formatter"] = "json"  # noqa: F405 - as in production
ZEAL_RAISE = True
ZEAL_ALLOWLIST = [
    # allauth looks its person and its session up more than once while it signs somebody in or out.
    {"model": "sessions.Session", "field": "get()"},
    {"model": "accounts.User", "field": "get()"},
]
