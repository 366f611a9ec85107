"""The one typed environment: every variable Tifo reads, with a clear error for a bad one."""

import functools
import ipaddress
import re
import urllib.parse
from datetime import timedelta
from importlib.util import find_spec
from pathlib import Path
from typing import Literal, Self

from pydantic import AliasChoices, Field, FilePath, SecretStr, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from foundation.buckets import Bucket
from foundation.mail.servers import MailServer

_origin = re.compile(r"https?://[^/?#@\s]+")
_base = re.compile(r"https?://[^/?#@\s]+(/[^?#\s]*)?")
_stripe_key = re.compile(r"(sk|rk)_(test|live)_\w+")


class Environment(BaseSettings):
    """`TIFO_…` variables; the three service addresses are also read without the prefix.

    Secrets have no usable default: `tifo up` makes them once a folder, production gives them.
    """

    model_config = SettingsConfigDict(env_prefix="TIFO_", extra="ignore", hide_input_in_errors=True)

    profile: Literal["embedded", "production"] = "embedded"
    data: Path = Path("var/tifo")
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=0, le=65535)
    sockets_port: int = Field(default=8001, ge=0, le=65535)
    public_url: str = ""
    web_workers: int = Field(default=2, ge=1, le=256)
    live_streams: int = Field(default=500, ge=1, le=10_000)  # per socket process
    upload_max_bytes: int = Field(default=128 * 1024**2, ge=1024**2, le=1024**3)  # of any tier
    model_memory_bytes: int = Field(default=2 * 1024**3, ge=16 * 1024**2)  # of models kept loaded
    model_max_bytes: int = Field(default=16 * 1024**3, ge=1024**2)  # of one that is fetched
    fetch_networks: str = ""  # that are asked for models although they are not public
    fetch_ports: str = ""  # besides 443 and 8443
    fetch_http: bool = False
    npu: str = Field(default="", max_length=60)  # what runs models on an NPU of this machine
    worker_memory_bytes: int = Field(default=0, ge=0)  # of one job; 0: half of the machine's
    drain_seconds: int | None = Field(default=None, ge=0, le=3600)  # for the job in hand at a stop
    pause_celsius: float | None = Field(default=None, gt=0, le=200)  # too hot to take another job
    log_format: Literal["auto", "pretty", "json"] = "auto"
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    redis: str = Field(default="auto", min_length=1)  # or a program's name or path

    gate_prefetch: bool = False  # debit rates some calls ahead: faster, and still never too much
    gate_processes: int = Field(default=0, ge=0, le=10_000)  # that admit; 0: this machine's own
    degraded_fraction: float = Field(default=0.5, gt=0, le=1)  # of a rate, while Redis is away
    degraded_reserve: float = Field(default=0.05, ge=0, le=1)  # of a window, meanwhile
    trusted_proxies: str = ""  # networks whose X-Forwarded-For is believed
    logins_per_address: int = Field(default=10, ge=1, le=100_000)  # wrong ones, an hour
    logins_per_account: int = Field(default=50, ge=1, le=100_000)  # from all unknown browsers
    login_browser_days: int = Field(default=180, ge=1, le=400)  # browsers forget after 400
    event_days: int = Field(default=30, ge=1, le=400)  # what happened stays readable
    score_days: int = Field(default=30, ge=1, le=400)  # scores outlive their session so long
    month_close_hours: int = Field(default=72, ge=0, le=720)  # after its end; then it is late
    correction_days: int = Field(default=35, ge=0, le=400)  # late usage is charged for so long
    secret_scanning_keys: FilePath | None = None  # whose reports of leaked keys are believed
    metrics_token: SecretStr = SecretStr("")  # who may read /metrics; empty: nobody
    cors_origins: str = ""  # pages of other origins that may read answers

    database_url: str = Field(
        default="", validation_alias=AliasChoices("TIFO_DATABASE_URL", "DATABASE_URL")
    )
    redis_url: str = Field(default="", validation_alias=AliasChoices("TIFO_REDIS_URL", "REDIS_URL"))
    broker_url: str = Field(
        default="", validation_alias=AliasChoices("TIFO_BROKER_URL", "BROKER_URL")
    )
    visibility_seconds: int = Field(default=7_200, ge=1, le=86_400)  # of a message taken, on Redis

    storage: str = "folder"  # of TIFO_DATA, or s3://bucket/prefix
    s3_endpoint: str = ""  # empty: Amazon's
    s3_region: str = ""
    s3_access_key: str = ""  # empty: the machine's own, as the store's client finds them
    s3_secret_key: SecretStr = SecretStr("")
    s3_public_url: str = ""  # where callers reach the store; empty: they do not

    flow_llm_url: str = ""  # the base of an OpenAI-compatible API that may choose tracks
    flow_llm_model: str = Field(default="", max_length=200)
    flow_llm_key: SecretStr = SecretStr("")
    stripe_key: SecretStr = SecretStr("")  # empty: statements only
    stripe_webhook_secret: SecretStr = SecretStr("")  # several with commas, as while one is rolled
    stripe_url: str = ""  # where its API answers, if not at Stripe's own address
    stripe_tax: bool = False
    stripe_meter: str = Field(default="", max_length=100)  # the event name that counts are told by
    invoice_due_days: int = Field(default=30, ge=0, le=365)
    payment_grace_days: int = Field(default=14, ge=0, le=365)

    seller_name: str = Field(default="", max_length=120)  # on invoices; empty: the public host
    seller_address: str = Field(default="", max_length=400)  # its lines, with \n between
    seller_tax_id: str = Field(default="", max_length=60)

    secret_key: SecretStr = SecretStr("")
    key_pepper: SecretStr = SecretStr("")
    allowed_hosts: str = "127.0.0.1,localhost,[::1]"
    behind_tls: bool = False
    signup: Literal["open", "closed"] | None = None
    self_service_tiers: str | None = None
    email_url: SecretStr = SecretStr("")  # smtps://user:password@mail.example.org
    email_from: str = ""
    billing_terms: Literal["card", "invoice"] | None = None  # of a new organisation

    @property
    def production(self) -> bool:
        return self.profile == "production"

    @property
    def hosts(self) -> list[str]:
        return _listed(self.allowed_hosts)

    @property
    def admitting_processes(self) -> int:
        """Between how many a limit is shared out while Redis is away."""
        return self.gate_processes or (self.web_workers + 1 if self.production else 1)

    @property
    def drains_within_s(self) -> int:
        """How long a worker that is stopped goes on with its job: on a laptop somebody waits."""
        if self.drain_seconds is None:
            return 30 if self.production else 5
        return self.drain_seconds

    @property
    def media(self) -> Path:
        """Where uploads and results lie, or pass through on their way to a bucket."""
        return self.data / "files"

    @property
    def bucket(self) -> Bucket | None:
        """Where they lie instead, if not in a folder."""
        if self.storage == "folder":
            return None
        return Bucket.at(self.storage)._replace(
            endpoint=self.s3_endpoint,
            region=self.s3_region,
            access_key=self.s3_access_key,
            secret_key=self.s3_secret_key.get_secret_value(),
            public_url=self.s3_public_url,
        )

    @property
    def signup_open(self) -> bool:
        """May a stranger make an organisation? Yes on a laptop; in production the operator says."""
        return (self.signup or ("closed" if self.production else "open")) == "open"

    @property
    def tiers_by_self_service(self) -> list[str]:
        """Tiers that an organisation may choose for itself; none in production unless named."""
        default = "" if self.production else "beta,pro"
        return _listed(default if self.self_service_tiers is None else self.self_service_tiers)

    @model_validator(mode="after")
    def _mail_has_a_sender(self) -> Self:
        if self.mail_server and "@" not in self.email_from:
            raise ValueError("mail needs a sender: set TIFO_EMAIL_FROM beside TIFO_EMAIL_URL")
        return self

    @property
    def mail_server(self) -> MailServer | None:
        """Through which letters to organisations' owners go; none are sent without one."""
        address = self.email_url.get_secret_value()
        return MailServer.at(address) if address else None

    @property
    def first_billing_terms(self) -> Literal["card", "invoice"]:
        """Whether a new organisation needs a payment method before it leaves the free tier."""
        by_card = self.production or bool(self.stripe_key.get_secret_value())
        return self.billing_terms or ("card" if by_card else "invoice")

    @field_validator("trusted_proxies", "fetch_networks")
    @classmethod
    def _are_networks(cls, given: str) -> str:
        for network in _listed(given):
            ipaddress.ip_network(network)
        return given

    @field_validator("fetch_ports")
    @classmethod
    def _are_ports(cls, given: str) -> str:
        if any(not each.isdecimal() or not 0 < int(each) < 65_536 for each in _listed(given)):
            raise ValueError(f"{given} are not ports, 1 to 65535")
        return given

    @property
    def fetched_networks(self) -> list[str]:
        return _listed(self.fetch_networks)

    @property
    def fetched_ports(self) -> list[int]:
        return [int(port) for port in _listed(self.fetch_ports)]

    @field_validator("cors_origins")
    @classmethod
    def _are_origins(cls, given: str) -> str:
        for origin in _listed(given):
            if not _origin.fullmatch(origin):
                raise ValueError(f"{origin} is not an origin, as in https://stage.example.org")
        return given

    @field_validator("stripe_url", "s3_endpoint", "s3_public_url")
    @classmethod
    def _is_origin(cls, given: str) -> str:
        if given and not _origin.fullmatch(given):
            raise ValueError(f"{given} is not an address as in https://api.stripe.com")
        return given

    @field_validator("flow_llm_url")
    @classmethod
    def _is_base(cls, given: str) -> str:
        if given and not _base.fullmatch(given):
            raise ValueError(f"{given} is not an address as in http://127.0.0.1:11434/v1")
        return given

    @field_validator("storage")
    @classmethod
    def _is_store(cls, given: str) -> str:
        if given != "folder":
            Bucket.at(given)
            if not find_spec("storages"):
                raise ValueError("install tifo[s3] to reach a bucket")
        return given

    @model_validator(mode="after")
    def _both_keys_of_the_store(self) -> Self:
        if bool(self.s3_access_key) != bool(self.s3_secret_key.get_secret_value()):
            raise ValueError("TIFO_S3_ACCESS_KEY and TIFO_S3_SECRET_KEY go together")
        return self

    @field_validator("stripe_key")
    @classmethod
    def _is_secret(cls, given: SecretStr) -> SecretStr:
        if given.get_secret_value() and not _stripe_key.fullmatch(given.get_secret_value()):
            raise ValueError("it must be a secret key of Stripe's: sk_test_…, sk_live_… or rk_…")
        return given

    @field_validator("metrics_token")
    @classmethod
    def _is_long(cls, given: SecretStr) -> SecretStr:
        if 0 < len(given.get_secret_value()) < 16:
            raise ValueError("it must have 16 characters or more, for it guards /metrics alone")
        return given

    @property
    def broker_visibility(self) -> timedelta:
        """After so long Redis gives a message to another worker than the one that took it."""
        return timedelta(seconds=self.visibility_seconds)

    @property
    def stripe_webhook_secrets(self) -> list[str]:
        return _listed(self.stripe_webhook_secret.get_secret_value())

    @property
    def collection(self) -> str:
        """Who asks for the money, in the words of `tifo up`."""
        key = self.stripe_key.get_secret_value()
        if not key:
            return "statements only"
        return f"Stripe ({'test' if '_test_' in key else 'live'} mode)"

    @property
    def seller(self) -> str:
        """Who sends the invoices."""
        return self.seller_name or urllib.parse.urlsplit(self.public_url).hostname or "Tifo"

    @property
    def seller_address_lines(self) -> tuple[str, ...]:
        """A file of variables holds no line break: there it is written as \\n."""
        lines = self.seller_address.replace("\\n", "\n").splitlines()
        return tuple(line.strip() for line in lines if line.strip())

    @property
    def proxies(self) -> list[str]:
        return _listed(self.trusted_proxies)

    @property
    def origins(self) -> list[str]:
        return _listed(self.cors_origins)


def _listed(text: str) -> list[str]:
    return [each.strip() for each in text.split(",") if each.strip()]


@functools.cache
def environment() -> Environment:
    return Environment()
