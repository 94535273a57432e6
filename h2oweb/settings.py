"""Settings, all of them read from the environment or from ``.env``.

README.md lists each variable with its default; a test holds that list to this file.
"""

import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONCE, NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env, validate

from chat.backends.settings import servers_from_settings
from h2oweb import languages

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
env.read_env(str(BASE_DIR / env.str("ENV_FILE", ".env")), recurse=False)

# --- where it runs -----------------------------------------------------------------

HOST = env.str("HOST", "127.0.0.1")
PORT = env.int("PORT", 8000)
PUBLIC_URL = env.str("PUBLIC_URL", f"http://{HOST}:{PORT}").rstrip("/")
DATA_DIR = (BASE_DIR / env.str("DATA_DIR", "var")).resolve()
DATA_DIR.mkdir(mode=0o700, parents=True, exist_ok=True)
DEBUG = env.bool("DEBUG", False)

_public = urlsplit(PUBLIC_URL)
ALLOWED_HOSTS = env.list(
    "ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]", HOST, _public.hostname or HOST]
)
CSRF_TRUSTED_ORIGINS = [f"{_public.scheme}://{_public.netloc}"]
FORCE_SCRIPT_NAME = _public.path or None
ROOT_URLCONF = "h2oweb.urls"
ASGI_APPLICATION = "h2oweb.asgi.application"

ALLOW_HTTP = env.bool("ALLOW_HTTP", False)
CLIENT_ADDRESS_HEADER = env.str("CLIENT_ADDRESS_HEADER", "")
HTTPS = _public.scheme == "https"
# The server takes the scheme from it, and Django from the server: nothing else is believed.
SCHEME_HEADER = env.str("SCHEME_HEADER", "X-Forwarded-Proto" if HTTPS else "")
SECURE_SSL_REDIRECT = HTTPS
SECURE_REDIRECT_EXEMPT = [r"^(.*/)?(health/(live|ready)|metrics)$"]  # asked from within
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_HSTS_PRELOAD = HTTPS
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SECURE = HTTPS
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# Two copies on one machine differ only by port, which cookies do not tell apart.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = LANGUAGE_COOKIE_PATH = f"{_public.path}/"
# By the prefix a browser knows a cookie that no neighbouring site, nor one without TLS, may set.
_own = ("__Secure-" if _public.path else "__Host-") if HTTPS else ""
SESSION_COOKIE_NAME = f"{_own}session-{_public.port or _public.scheme}"
CSRF_COOKIE_NAME = f"{_own}csrf-{_public.port or _public.scheme}"
KNOWN_BROWSER_COOKIE_NAME = f"{_own}browser-{_public.port or _public.scheme}"

MAX_BODY = env.int("MAX_BODY", 10_000_000)  # bytes of one HTTP request
DATA_UPLOAD_MAX_MEMORY_SIZE = MAX_BODY


def _kept_key(given: str, name: str) -> str:
    """The key from the environment, or one made at first use and kept with mode 600."""
    if given:
        return given
    path = DATA_DIR / name
    if not path.exists():
        made = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
        made.touch(mode=0o600)
        made.write_text(secrets.token_urlsafe(60))
        try:
            path.hardlink_to(made)
        except FileExistsError:
            pass  # another process was first, and its key counts
        made.unlink()
    return path.read_text().strip()


SECRET_KEY = _kept_key(env.str("SECRET_KEY", ""), "secret_key")
TRANSCRIPT_KEY = _kept_key(env.str("TRANSCRIPT_KEY", ""), "transcript_key")

# --- the application ---------------------------------------------------------------

INSTALLED_APPS = [
    "accounts.apps.AdministrationConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "csp",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "accounts",
    "chat",
    "search",
    "review",
    "local_model",
]

MIDDLEWARE = [
    "h2oweb.request_id.RequestId",
    "django.middleware.security.SecurityMiddleware",
    "h2oweb.headers.safe_headers",
    "h2oweb.unfit_values.UnfitValues",
    "h2oweb.streams.give_back_connections",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.sessions.SessionLife",
    "h2oweb.asker.note_person",
    "allauth.account.middleware.AccountMiddleware",
    "h2oweb.reader_language.ReaderLanguage",
    "h2oweb.reader_clock.ReaderClock",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}

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
                "csp.context_processors.nonce",
            ]
        },
    }
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "chat:new"
LOGOUT_REDIRECT_URL = "accounts:sign-in"
AUTHENTICATION_BACKENDS = [
    "accounts.backends.NameOrMail",
    "django.contrib.auth.backends.ModelBackend",  # whose sessions may be about
]

# --- accounts ----------------------------------------------------------------------

SIGN_UP = env.str("SIGN_UP", "invitation", validate=validate.OneOf(["off", "invitation", "open"]))
SESSION_IDLE_HOURS = env.int("SESSION_IDLE_HOURS", 336, validate=validate.Range(min=1))
SESSION_LIFE_HOURS = env.int("SESSION_LIFE_HOURS", 2160, validate=validate.Range(min=1))
SESSION_COOKIE_AGE = SESSION_IDLE_HOURS * 3600
KEEPERS_OF_PERSONAL_DATA = [
    "accounts.own_data.OwnData",
    "chat.taking.own_data.OwnData",
    "review.own_data.OwnData",
]
TWO_FACTOR_FOR_STAFF = env.bool("TWO_FACTOR_FOR_STAFF", False)

_mail = env.dj_email_url("EMAIL_URL", "console:" if DEBUG else "dummy:")
if "EMAIL_BACKEND" not in _mail:
    raise ImproperlyConfigured("EMAIL_URL begins with smtp:, smtps:, submission: or console:.")
MAIL = not _mail["EMAIL_BACKEND"].endswith("dummy.EmailBackend")
globals().update(_mail)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str(
    "EMAIL_FROM", f"H2O Chat <chat@{_public.hostname or HOST}>"
)

OIDC_ISSUER = env.str("OIDC_ISSUER", "").rstrip("/")
OIDC_CLIENT_ID = env.str("OIDC_CLIENT_ID", "")
OIDC_CLIENT_SECRET = env.str("OIDC_CLIENT_SECRET", "")
OIDC_NAME = env.str("OIDC_NAME", "Single sign-on")
OIDC_ONLY = env.bool("OIDC_ONLY", False) and bool(OIDC_ISSUER)
OIDC_SIGN_UP = env.bool("OIDC_SIGN_UP", False)
OIDC_LINK_BY_MAIL = env.bool("OIDC_LINK_BY_MAIL", False)
SOCIALACCOUNT_ADAPTER = "accounts.oidc.ProviderAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = OIDC_LINK_BY_MAIL
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = OIDC_LINK_BY_MAIL
SOCIALACCOUNT_EMAIL_VERIFICATION = "none"
SOCIALACCOUNT_EMAIL_REQUIRED = False
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_PROVIDERS = {
    "openid_connect": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "oidc",
                "name": OIDC_NAME,
                "client_id": OIDC_CLIENT_ID,
                "secret": OIDC_CLIENT_SECRET,
                "settings": {"server_url": OIDC_ISSUER},
            }
        ],
    }
}

ACCOUNT_ADAPTER = "accounts.adapter.AccountAdapter"
ACCOUNT_FORMS = {
    "login": "accounts.forms.SignInForm",
    "reauthenticate": "accounts.forms.ItIsMeForm",
    "signup": "accounts.forms.SignUpForm",
}
ACCOUNT_LOGIN_METHODS = {"username", "email"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*" if MAIL else "email", "password1*", "password2*"]
ACCOUNT_USER_DISPLAY = "accounts.people.name_of"
ACCOUNT_EMAIL_VERIFICATION = "mandatory" if MAIL else "none"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = MAIL
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True  # no secret in an address
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 15 * 60
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True  # for another address and another way in, too
ACCOUNT_RATE_LIMITS = False  # accounts.limits counts, and can not be used to lock others out
MFA_ADAPTER = "accounts.adapter.SecondFactorAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes", "webauthn"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_TOTP_TOLERANCE = 1
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_RATE_LIMITS = False
MFA_FORMS = {
    "authenticate": "accounts.second_factor.CodeForm",
    "reauthenticate": "accounts.second_factor.CodeAgainForm",
    "activate_totp": "accounts.second_factor.FirstCodeForm",
    "add_webauthn": "accounts.second_factor.AddPasskeyForm",
    "authenticate_webauthn": "accounts.second_factor.PasskeyForm",
    "login_webauthn": "accounts.second_factor.PasskeyAloneForm",
    "reauthenticate_webauthn": "accounts.second_factor.PasskeyAgainForm",
}

LANGUAGE_CODE = languages.ENGLISH
LANGUAGES = languages.offered(BASE_DIR / "locale")
LOCALE_PATHS = [DATA_DIR / "locale"]  # where they are compiled to
LANGUAGE_COOKIE_NAME = f"language-{_public.port or _public.scheme}"
LANGUAGE_COOKIE_AGE = 31_536_000  # seconds
LANGUAGE_COOKIE_SECURE = HTTPS
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
FORMAT_MODULE_PATH = "h2oweb.formats"
USE_I18N = True
TIME_ZONE = "UTC"
USE_TZ = True

SHARE_LINKS = env.str(
    "SHARE_LINKS", "members", validate=lambda value: value in ("off", "members", "public")
)

_consent = env.str("DATASET_CONSENT", "ask", validate=validate.OneOf(["ask", "assumed"]))
CONSENT_IS_ASSUMED = _consent == "assumed"  # of who has not said whether datasets may be made
REDACTION_ON_DISPLAY = env.bool("REDACTION_ON_DISPLAY", True)  # to those who review
REDACTION_REGIONS = tuple(env.list("REDACTION_REGIONS", ["RU", "US"]))  # of telephone numbers

# --- storage -----------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL", f"sqlite:///{DATA_DIR / 'chat.sqlite3'}")}
SQLITE_SYNCHRONOUS = env.str(
    "SQLITE_SYNCHRONOUS", "NORMAL", validate=lambda value: value in ("NORMAL", "FULL")
)
# A connection to PostgreSQL or Redis whose other end has gone without a word is given up after
# ten seconds: the kernel's own patience is a quarter of an hour, in which nothing could be stored.
LOOK_AFTER, LOOK_AGAIN_AFTER, LOOKS = 5, 2, 3  # seconds of silence; seconds between looks
GIVE_UP_AFTER = 10_000  # ms
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # IMMEDIATE takes the write lock when a transaction begins, where waiting still
    # helps: a reader that turns writer amid one is refused at once.
    DATABASES["default"]["OPTIONS"] = {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": f"PRAGMA journal_mode=WAL;PRAGMA synchronous={SQLITE_SYNCHRONOUS}",
    }
    # Tests use threads and processes of their own, so their database is a file.
    DATABASES["default"]["TEST"] = {"NAME": str(DATA_DIR / "test.sqlite3")}
    DATABASES["default"]["CONN_MAX_AGE"] = None
else:
    DATABASES["default"]["OPTIONS"] = {
        "pool": {"min_size": 2, "max_size": 10, "timeout": 10},
        "keepalives_idle": LOOK_AFTER,
        "keepalives_interval": LOOK_AGAIN_AFTER,
        "keepalives_count": LOOKS,
        "tcp_user_timeout": GIVE_UP_AFTER,
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL", "")
KEEPALIVE = {
    socket.TCP_KEEPIDLE: LOOK_AFTER,
    socket.TCP_KEEPINTVL: LOOK_AGAIN_AFTER,
    socket.TCP_KEEPCNT: LOOKS,
    socket.TCP_USER_TIMEOUT: GIVE_UP_AFTER,
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer",
        "CONFIG": {
            "hosts": [
                {
                    "address": REDIS_URL,
                    "socket_timeout": None,
                    "socket_keepalive": True,
                    "socket_keepalive_options": KEEPALIVE,
                }
            ]
        },
    }
    if REDIS_URL
    else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
}

# --- limits ------------------------------------------------------------------------

PAD_FRAMES = env.int("PAD_FRAMES", 0)
LIMITS = {  # where no row of the admin says otherwise; 0 is without limit
    "messages_a_minute": env.int("LIMIT_MESSAGES_A_MINUTE", 60),
    "messages_a_day": env.int("LIMIT_MESSAGES_A_DAY", 2000),
    "tokens_a_day": env.int("LIMIT_TOKENS_A_DAY", 0),
    "runs_at_once": env.int("LIMIT_RUNS_AT_ONCE", 10),
    "characters": env.int("LIMIT_CHARACTERS", 0),
}
LIMIT_SOCKETS_A_PERSON = env.int("LIMIT_SOCKETS_A_PERSON", 40)
LIMIT_SOCKETS_AN_ADDRESS = env.int("LIMIT_SOCKETS_AN_ADDRESS", 1000)

# --- files for the browser ---------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
WHITENOISE_KEEP_ONLY_HASHED_FILES = True  # half the work of collecting them
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "h2oweb.static_files.ModuleStorage"},
}

# --- model servers -----------------------------------------------------------------

H2O_DIALECT = env.str("H2O_DIALECT", "openai")
H2O_URL = env.str("H2O_URL", "")  # empty: the embedded model answers
H2O_API_KEY = env.str("H2O_API_KEY", "")
H2O_MODEL = env.str("H2O_MODEL", "")
H2O_PROXY = env.str("H2O_PROXY", "")
H2O_TITLES = env.bool("H2O_TITLES", True)
H2O_SERVERS = env.str("H2O_SERVERS", "")
H2O_LOCAL_MODEL = env.str("H2O_LOCAL_MODEL", "")  # a catalogue's name, a path, or "off"
MODEL_DIR = (BASE_DIR / env.str("MODEL_DIR", str(DATA_DIR / "models"))).resolve()

MODEL_SERVERS = servers_from_settings(
    {
        "H2O_DIALECT": H2O_DIALECT,
        "H2O_URL": H2O_URL,
        "H2O_API_KEY": H2O_API_KEY,
        "H2O_MODEL": H2O_MODEL,
        "H2O_MODELS": env.str("H2O_MODELS", ""),
        "H2O_PROXY": H2O_PROXY,
        "H2O_CA_FILE": env.str("H2O_CA_FILE", ""),
        "H2O_CLIENT_CERTIFICATE": env.str("H2O_CLIENT_CERTIFICATE", ""),
        "H2O_CLIENT_KEY": env.str("H2O_CLIENT_KEY", ""),
        "H2O_HTTP2": env.bool("H2O_HTTP2", False),
        "H2O_TRANSPORT": env.str("H2O_TRANSPORT", "aiohttp"),
        "H2O_CONNECT_TIMEOUT": env.float("H2O_CONNECT_TIMEOUT", 10),
        "H2O_START_TIMEOUT": env.float("H2O_START_TIMEOUT", 300),
        "H2O_SILENCE_TIMEOUT": env.float("H2O_SILENCE_TIMEOUT", 120),
        "H2O_ANSWER_TIMEOUT": env.float("H2O_ANSWER_TIMEOUT", 3600),
        "H2O_MAX_STREAMS": env.int("H2O_MAX_STREAMS", 400),
        "H2O_TRIES": env.int("H2O_TRIES", 3),
        "H2O_WEB_SEARCH": env.bool("H2O_WEB_SEARCH", False),
        "H2O_SHARE_CONVERSATIONS": env.bool("H2O_SHARE_CONVERSATIONS", False),
        "H2O_SERVERS": H2O_SERVERS,
    },
    status_file="" if H2O_LOCAL_MODEL == "off" else DATA_DIR / "local-model" / "status.json",
)

# --- operation ----------------------------------------------------------------------

METRICS_TOKEN = env.str("METRICS_TOKEN", "")  # empty: there is no /metrics
OTEL_EXPORTER_OTLP_ENDPOINT = env.str("OTEL_EXPORTER_OTLP_ENDPOINT", "")  # empty: no traces
POSTGRES_PROGRAMS = env.str("POSTGRES_PROGRAMS", "")  # empty: they are looked for

# --- logging -----------------------------------------------------------------------

LOG_LEVEL = env.str("LOG_LEVEL", "INFO")
LOG_FORMAT = env.str("LOG_FORMAT", "plain", validate=lambda value: value in ("plain", "json"))
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "h2oweb.request_id.Plain",
            "format": "{asctime} {levelname} {name}: {message}{ids}",
            "style": "{",
        },
        "json": {
            "()": "pythonjsonlogger.json.JsonFormatter",
            "format": "{asctime}{levelname}{name}{message}{request}{run}",
            "style": "{",
            "rename_fields": {"asctime": "time", "levelname": "level", "name": "logger"},
            "datefmt": "%Y-%m-%dT%H:%M:%S%z",
        },
    },
    "filters": {
        "secret_paths": {"()": "h2oweb.secret_paths.HideSecretPaths"},
        "ids": {"()": "h2oweb.request_id.Ids"},
        "refused": {"()": "h2oweb.refused_requests.WithoutTraceback"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": LOG_FORMAT,
            "filters": ["secret_paths", "ids", "refused"],
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        # Their INFO lines carry full URLs.
        "httpx": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
        "httpcore": {"level": "WARNING"},
    },
}
