"""All settings, read from the environment; a variable is named like its setting (see .env.example)."""

import re
import sys
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import bootstrap_wrapper
import environ

from careops import devpg

# --- Environment ---

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

ENVIRONMENT = env("ENVIRONMENT", default="development")
PROBLEMS: list[str] = []  # everything that is wrong, said at once at the end
if ENVIRONMENT not in {"development", "production"}:
    PROBLEMS.append("ENVIRONMENT must be 'development' or 'production'.")
PRODUCTION = ENVIRONMENT == "production"
DEBUG = env.bool("DEBUG", default=not PRODUCTION)

SECRET_KEY = env("SECRET_KEY", default="" if PRODUCTION else "development-only-" + "0" * 40)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["*"])
# Where people reach CareOps, scheme included: the origins that forms may come from, the first for links in mail.
HERE = f"http://127.0.0.1:{env('PORT', default='') or 8000}"
ALLOWED_ORIGINS = env.list("ALLOWED_ORIGINS", default=[] if PRODUCTION else [HERE])
BOOKING_PATH = "/book/"  # where anybody books; every app may say it in a message
DATABASE_URL = env("DATABASE_URL", default="")

if PRODUCTION:  # refuse to start on values that would be dangerous, and say which
    if DEBUG:
        PROBLEMS.append("DEBUG must be off in production: remove DEBUG or set DEBUG=off.")
    if len(SECRET_KEY) < 40 or len(set(SECRET_KEY)) < 10:
        PROBLEMS.append("SECRET_KEY must be 40 or more random characters in production.")
    if not DATABASE_URL:
        PROBLEMS.append("DATABASE_URL must name a PostgreSQL database in production.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        PROBLEMS.append("ALLOWED_HOSTS must name the hosts of this installation in production.")
    if not ALLOWED_ORIGINS or not all(origin.startswith("https://") for origin in ALLOWED_ORIGINS):
        PROBLEMS.append("ALLOWED_ORIGINS must name at least one https:// address in production.")

# --- Security ---

SECURE_SSL_REDIRECT = PRODUCTION
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
# For the whole domain, and for browsers that have never been here: the owner's to decide, and hard to take back.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=False)
# Those two are choices; and the CSRF middleware is one of our own, which the check does not know.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021", "security.W003"]
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "object-src": ["'none'"],
    "frame-ancestors": ["'none'"],
}
CSRF_TRUSTED_ORIGINS = ALLOWED_ORIGINS
CSRF_COOKIE_SECURE = SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_HTTPONLY = SESSION_COOKIE_HTTPONLY = True
CSRF_FAILURE_VIEW = "careops.csrf.failure"
CSRF_COOKIE_SAMESITE = SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-csrftoken" if PRODUCTION else "csrftoken"
SESSION_COOKIE_NAME = "__Host-sessionid" if PRODUCTION else "sessionid"
SESSION_COOKIE_AGE = 7 * 24 * 3600
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 1_000_000  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 200

# --- Apps ---

INSTALLED_APPS = [
    "careops",
    "accounts",
    "alerts",
    "messaging",
    "contacts",
    "inventory",
    "bookings",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "procrastinate.contrib.django",
    "allauth",
    "allauth.account",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_htmx",
]
MIDDLEWARE = [
    "careops.middleware.RequestIdMiddleware",
    "careops.middleware.MethodsMiddleware",
    "careops.middleware.RejectUnreadableMiddleware",
    "careops.health.HealthMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "careops.middleware.ContentSecurityPolicyMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "careops.csrf.CsrfMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "careops.middleware.PageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "careops.middleware.FrameMiddleware",
]
ROOT_URLCONF = "careops.urls"
WSGI_APPLICATION = "careops.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Templates and forms ---

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
            "builtins": ["careops.templatetags.ui"],
        },
    }
]
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- Database and cache ---

# In development and in tests CareOps brings its own PostgreSQL.
DATABASES = {"default": {} if PROBLEMS else env.db_url_config(DATABASE_URL or devpg.start())}
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DATABASES["default"].setdefault("OPTIONS", {}).update(
    connect_timeout=3,
    pool={
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL", default=8),
        "timeout": 3,
        "reconnect_timeout": 2,  # else each failed attempt doubles the wait for the next, after an outage as well
    },
)
CACHES = {"default": env.cache_url("CACHE_URL", default="dbcache://careops_cache?max_entries=10000")}

# --- People ---

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.RoleBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {"login": "accounts.forms.LoginForm", "reset_password": "accounts.forms.ResetPasswordForm"}
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"  # people are invited by an admin who knows the address
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)  # whose word on addresses counts
ACCOUNT_LOGOUT_REDIRECT_URL = LOGIN_URL
ACCOUNT_SESSION_REMEMBER = True

# --- Messages ---

# Without EMAIL_URL and SMS_URL nothing leaves the machine: the outbox page shows what would have been sent.
EMAIL_URL = env("EMAIL_URL", default="")
EMAIL_TIMEOUT, EMAIL_TOTAL_TIMEOUT = 10, 20  # seconds for each word of a mail server, and for the whole talk
PROVIDER_CONNECT_TIMEOUT, PROVIDER_TOTAL_TIMEOUT = 3, 10  # seconds, of providers by HTTP
ANYMAIL = {"REQUESTS_TIMEOUT": (PROVIDER_CONNECT_TIMEOUT, PROVIDER_TOTAL_TIMEOUT)}
if EMAIL_URL.startswith("anymail://"):  # such as anymail://postmark?server_token=...
    provider = urlsplit(EMAIL_URL)
    if not re.fullmatch(r"\w+", provider.netloc) or not find_spec(f"anymail.backends.{provider.netloc}"):
        PROBLEMS.append("EMAIL_URL must name a provider that django-anymail knows.")
    EMAIL_BACKEND = f"anymail.backends.{provider.netloc}.EmailBackend"
    ANYMAIL |= {f"{provider.netloc}_{name}".upper(): value for name, value in parse_qsl(provider.query)}
else:
    vars().update(env.email_url_config(EMAIL_URL or "consolemail://"))
if EMAIL_URL.startswith("smtp"):
    EMAIL_BACKEND = "messaging.gateways.smtp.EmailBackend"  # Django's, with an end to every talk
SMS_URL = env("SMS_URL", default="")
if SMS_URL and not re.fullmatch(r"twilio(\+http)?://[^:@/]+:[^:@/]+@[^@/]+/[^/?]+(\?.*)?", SMS_URL):
    PROBLEMS.append("SMS_URL must look like twilio://ACCOUNT:TOKEN@api.twilio.com/+15550100.")
# Where answers to our emails come in, such as reply@in.example.com; without it they go to the business's own address.
INBOUND_EMAIL = env("INBOUND_EMAIL", default="")
# Changed by hand where a copy of the data folder must not send by itself; see messaging.running.restored.
MESSAGING_EPOCH = env("MESSAGING_EPOCH", default="")
if len(MESSAGING_EPOCH) > 60:
    PROBLEMS.append("MESSAGING_EPOCH must have 60 characters at most.")
# What whoever sends us webhooks must know, unless they sign with a key of their own; empty: those answer 404.
WEBHOOK_SECRET = env("WEBHOOK_SECRET", default="")
if PRODUCTION and WEBHOOK_SECRET and len(WEBHOOK_SECRET) < 32:
    PROBLEMS.append("WEBHOOK_SECRET must be 32 or more random characters in production, or empty.")
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env("DEFAULT_FROM_EMAIL", default="CareOps <careops@localhost>")

# --- Language and time ---

LANGUAGE_CODE = "en-gb"
USE_I18N = False
FORMAT_MODULE_PATH = "careops.formats"
USE_TZ = True
TIME_ZONE = "UTC"  # of the server; pages show the time zone of the business
PHONENUMBER_DEFAULT_REGION = env("PHONENUMBER_DEFAULT_REGION", default="GB")

# --- Static files ---

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static", ("bootstrap", bootstrap_wrapper.get_bootstrap_dir())]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if PRODUCTION
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_AUTOREFRESH = WHITENOISE_USE_FINDERS = not PRODUCTION

# --- Logging: ids instead of personal data; one JSON object a line where a machine reads it ---

LOG_LEVEL = env("LOG_LEVEL", default="INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "careops.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "careops.logs.JsonFormatter"},
        "plain": {"()": "careops.logs.PlainFormatter"},
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "stream": sys.stderr,
            "formatter": "json" if PRODUCTION else "plain",
            "filters": ["request_id"],
        }
    },
    "root": {"handlers": ["stderr"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Requests are logged by careops.middleware, whatever their status.
        "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
        "django.request": {"level": "ERROR"},
        "procrastinate": {"level": "WARNING"},
    },
}

if PROBLEMS:
    sys.exit("\n".join(["CareOps does not start:", *(f"- {problem}" for problem in PROBLEMS)]))
