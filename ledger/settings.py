"""Every setting, its default and its environment variable.

Settings come, in this order, from arguments, from ``PERFLEDGER_…`` environment variables, and from
``settings.toml`` in the home folder.
"""

import os
from collections.abc import Iterable
from enum import StrEnum
from ipaddress import IPv4Network
from ipaddress import IPv6Network
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from platformdirs import user_data_path
from pydantic import Field
from pydantic import SecretStr
from pydantic import ValidationError
from pydantic import field_validator
from pydantic_settings import BaseSettings
from pydantic_settings import PydanticBaseSettingsSource
from pydantic_settings import SettingsConfigDict
from pydantic_settings import TomlConfigSettingsSource

from ledger.errors import InvalidInputError
from ledger.errors import SettingsError

PREFIX = "PERFLEDGER_"
SETTINGS_FILE = "settings.toml"
DEV_CHAIN_ID = 1337

Port = Annotated[int, Field(ge=0, le=65535)]


class TakeSigned(StrEnum):
    """Whose signed records an app takes."""

    EVERYBODY = "everybody"
    TOKEN = "token"  # noqa: S105 - the name of a policy
    NOBODY = "nobody"


_TRUTHS = {"true", "false", "1", "0", "yes", "no", "on", "off"}
"""What ``take_signed`` was before there were three ways."""


class Settings(BaseSettings):
    """What a node can be told. Paths that are not set lie in the home folder."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, extra="forbid", frozen=True, validate_default=True
    )

    home: Path = Field(
        default_factory=lambda: user_data_path("perfledger"),
        description="Folder that holds everything the node keeps.",
    )
    server: str | None = Field(
        None,
        description="URL of a node's app that `list`, `show`, `export`, `proof` and `status` ask; "
        "unset: what is in home.",
    )
    token: SecretStr | None = Field(
        None,
        description="API token that is sent to the server, from the page Account of its app.",
    )
    rpc_url: str | None = Field(
        None,
        description="JSON-RPC endpoint of an Ethereum node, or several separated by commas, the "
        "preferred one first; unset: the development chain in home.",
    )
    chain_id: int = Field(DEV_CHAIN_ID, ge=1, description="Chain id the endpoint must answer with.")
    deployment_file: Path | None = Field(
        None,
        description="File that says where the contracts are; unset: deployments/<chain id>.json in "
        "home.",
    )
    confirmations: int | None = Field(
        None,
        ge=0,
        description="Blocks on top of an anchor before it counts as final; unset: what the network "
        "calls finalized, and 0 on the development chain, which never goes back.",
    )
    private_key: SecretStr | None = Field(
        None,
        description="Key that contributes and pays for anchors; unset: a development account, "
        "on the development chain only.",
    )
    account: str | None = Field(
        None,
        description="Address that contributes and pays: of a key file in home, see `perfledger "
        "keys`, or of the signer's.",
    )
    password: SecretStr | None = Field(None, description="Password of the account's key file.")
    privacy_policy: Path | None = Field(
        None,
        description="TOML file that says which fields of records leave this machine, and as what; "
        "unset: privacy.toml in home, if there is one.",
    )
    group: str | None = Field(
        None,
        description="Group for which `run`, `import`, `watch` and `contribute` encrypt where no "
        "--group is given; unset: none, records are public.",
    )
    password_file: Path | None = Field(
        None, description="File that holds the password of the account's key file."
    )
    signer_url: str | None = Field(
        None,
        description="JSON-RPC endpoint of a signer that holds the account's key, e.g. clef.",
    )
    index_url: str | None = Field(
        None,
        description="SQLAlchemy URL of the index, e.g. postgresql+psycopg://user@host/database "
        "(docs/operations.md); unset: index.sqlite in home.",
    )
    kubo_url: str | None = Field(
        None,
        description="RPC address of the Kubo daemon that keeps the blocks, e.g. "
        "http://127.0.0.1:5001; unset: blocks.sqlite in home.",
    )
    kubo_token: SecretStr | None = Field(
        None, description="Bearer token for Kubo's RPC, where its config asks for one."
    )
    pinning_url: str | None = Field(
        None,
        description="Endpoint of a remote pinning service (IPFS Pinning Service API) that keeps "
        "batches, see `perfledger pin`.",
    )
    pinning_token: SecretStr | None = Field(
        None, description="Bearer token for the pinning service."
    )
    pinning_auto: bool = Field(
        False,
        description="Whether `up` has the pinning service keep each of this node's batches once it "
        "is final.",
    )
    batch_records: int = Field(
        100_000, ge=1, le=1_000_000, description="Most records anchored by one transaction."
    )
    max_fee_gwei: int = Field(
        200, ge=1, description="Most that is offered per unit of gas, in gwei."
    )
    chain_port: Port = Field(
        8545, description="Port of the development chain under `up`; 0: any free port."
    )
    app_port: Port = Field(8787, description="Port of the web app; 0: any free port.")
    app_host: str = Field("127.0.0.1", description="Address the web app listens on.")
    workers: int = Field(
        1,
        ge=1,
        le=64,
        description="Processes that answer requests under `up`; several are served by gunicorn.",
    )
    stop_seconds: float = Field(
        30.0,
        ge=0,
        description="Time that requests have to end once `up` is told to stop, in seconds.",
    )
    trusted_proxies: str | None = Field(
        None,
        description="Networks of proxies whose X-Forwarded-For, -Proto and -Host and X-Request-ID "
        "are believed, e.g. 127.0.0.1/32; the app is then taken to be public.",
    )
    metrics_networks: str = Field(
        "127.0.0.0/8,::1/128", description="Networks from which /metrics may be asked for."
    )
    ready_lag_blocks: int = Field(
        32, ge=0, description="How many blocks behind the chain /readyz calls a node ready."
    )
    access_log: bool | None = Field(
        None, description="Whether `up` logs each request; unset: unless it logs to a terminal."
    )
    upload_bytes: int = Field(
        32 * 1024 * 1024, ge=1024, description="Largest upload that the web app takes, in bytes."
    )
    staged_bytes: int = Field(
        256 * 1024 * 1024,
        ge=16 * 1024,
        description="Most that uploads may take between preview and signature, in bytes; the "
        "oldest make way.",
    )
    take_signed: TakeSigned | None = Field(
        None,
        description="Whose signed records the app takes, whose anchors this node pays for: "
        "`everybody`, `token` (of `contributors`: who has signed in, or whose API token has the "
        "scope `contribute`) or `nobody`; unset: `everybody` where only this machine reaches the "
        "app, and `token` where others do.",
    )
    contributors: str | None = Field(
        None,
        description="Addresses that may make tokens with the scope `contribute`, separated by "
        "commas; unset: any where only this machine reaches the app, and none where others do.",
    )
    public_url: str | None = Field(
        None,
        description="URL under which others reach this node's app, or several separated by commas; "
        "unset: the address it listens on.",
    )
    api_reads_per_minute: int = Field(
        1_200, ge=1, description="Questions to the JSON API that one address may send in a minute."
    )
    api_writes_per_minute: int = Field(
        120,
        ge=1,
        description="Uploads, signatures, verifications and forms that one address may send to the "
        "app in a minute, by pages and programs together.",
    )
    api_token_writes_per_minute: int = Field(
        1_200,
        ge=1,
        description="The same of an account whose API token has the scope `contribute`; it is "
        "counted by account, whatever addresses its programs have.",
    )
    serve_requests_per_minute: int = Field(
        60_000,
        ge=1,
        description="Requests for blocks and providers that one address may send in a minute.",
    )
    serve_streams: int = Field(
        16, ge=1, le=64, description="CAR streams that are sent at the same time."
    )
    serve_stream_seconds: float = Field(
        600, gt=0, description="Longest time that one CAR stream may take, in seconds."
    )
    serve_stream_bytes: int = Field(
        8 * 1024**3, ge=1024, description="Most that one CAR stream may hold, in bytes."
    )
    serve_dag_depth: int = Field(
        64, ge=1, le=1024, description="Most links one below the other that a CAR stream follows."
    )
    serve_path_segments: int = Field(
        32, ge=0, le=1024, description="Most segments of a path below a CID that are followed."
    )
    serve_query_bytes: int = Field(
        2048, ge=64, description="Longest query that a request for blocks may have, in bytes."
    )
    dev_validators: int = Field(
        3, ge=0, le=9, description="Validators run by `up` on the development chain."
    )
    quorum: int = Field(
        2, ge=1, description="Verdicts that decide a record, set when the contracts are deployed."
    )
    bond_wei: int = Field(
        10**18, ge=1, description="Bond of a validator in wei, set when the contracts are deployed."
    )
    exit_delay_seconds: int = Field(
        7 * 86_400,
        ge=0,
        description="Time a leaving validator's bond stays, set when the contracts are deployed.",
    )
    sync_seconds: float = Field(
        1.0, gt=0, description="Pause between looks at the chain while `up` runs, in seconds."
    )

    peers: str | None = Field(
        None, description="URLs of other nodes of the ledger, separated by commas; one is enough."
    )
    peer_networks: str | None = Field(
        None,
        description="Networks that this node may connect to because others say so, besides public "
        "addresses, e.g. 10.0.0.0/8,192.168.0.0/16.",
    )
    gateways: str | None = Field(
        None, description="URLs of trustless IPFS gateways to read from, separated by commas."
    )
    routers: str | None = Field(
        None,
        description="URLs of delegated routing services that say who holds what, separated by "
        "commas.",
    )
    node_host: str = Field(
        "127.0.0.1", description="Address on which `perfledger node run` serves other nodes."
    )
    node_port: Port = Field(
        4802, description="Port on which `perfledger node run` serves other nodes; 0: any free one."
    )
    keep: str = Field(
        "all",
        description="What this node keeps: `all`, or rules such as `job=sort,grep framework=spark "
        "max_age=90d`; see docs/peers.md.",
    )
    storage_bytes: int = Field(
        0,
        ge=0,
        description="Room that blocks may take; beyond it, batches go that enough others hold. 0: "
        "no limit.",
    )
    min_copies: int = Field(
        2,
        ge=1,
        description="On so many other nodes a batch has to be before it goes for want of room.",
    )

    @field_validator("take_signed", mode="before")
    @classmethod
    def _three_ways(cls, value: object) -> object:
        if str(value).lower() in _TRUTHS:
            raise ValueError(
                "it is no longer a truth value: write everybody where it was true, nobody where it "
                "was false, or token (docs/operations.md)"
            )
        return value

    def addresses(self, name: str) -> frozenset[str]:
        """The accounts in a setting that lists them, in their EIP-55 form.

        Raises:
            SettingsError: one is no address.
        """
        from ledger.record.eip712 import address_of  # takes a while to import

        listed = [each.strip() for each in (getattr(self, name) or "").split(",")]
        try:
            return frozenset(address_of(each) for each in listed if each)
        except InvalidInputError as error:
            raise SettingsError(f"{name}: {error.message}", hint=error.hint) from error

    def urls(self, name: str) -> list[str]:
        """The URLs in a setting that lists them, without slashes at their ends.

        Raises:
            SettingsError: one is no HTTP URL.
        """
        listed = [each.strip().rstrip("/") for each in (getattr(self, name) or "").split(",")]
        for url in filter(None, listed):
            if not _is_http(url):
                raise SettingsError(
                    f"{name}: {url[:200]!r} is no HTTP URL",
                    hint="Write it as http://host:port or https://host.",
                )
        return [url for url in listed if url]

    def networks(self, name: str) -> tuple[IPv4Network | IPv6Network, ...]:
        """The networks in a setting that lists them.

        Raises:
            SettingsError: one is none.
        """
        listed = [each.strip() for each in (getattr(self, name) or "").split(",")]
        try:
            return tuple(ip_network(each) for each in listed if each)
        except ValueError as error:
            raise SettingsError(
                f"{name}: {error}", hint="Write networks like 10.0.0.0/8,192.168.1.0/24."
            ) from error

    @property
    def is_dev_chain(self) -> bool:
        """Whether the chain is the embedded development chain."""
        return self.rpc_url is None

    @property
    def depth_of_finality(self) -> int | None:
        """Blocks on top of one that is final; None: as the network's consensus says."""
        return 0 if self.confirmations is None and self.is_dev_chain else self.confirmations

    @property
    def blocks_path(self) -> Path:
        """The embedded block store."""
        return self.home / "blocks.sqlite"

    @property
    def peers_path(self) -> Path:
        """What is known of peers."""
        return self.home / "peers.sqlite"

    @property
    def pins_path(self) -> Path:
        """What a remote pinning service was asked to keep."""
        return self.home / "pins.sqlite"

    @property
    def groups_path(self) -> Path:
        """Groups: their members, records that wait for them, records of theirs that were opened."""
        return self.home / "groups"

    @property
    def outbox_path(self) -> Path:
        """What was acknowledged here and is on its way to the chain."""
        return self.home / "outbox.sqlite"

    @property
    def watched_path(self) -> Path:
        """What was taken from where `perfledger watch` looks."""
        return self.home / "watched.sqlite"

    @property
    def hooks_path(self) -> Path:
        """Folder of the files that say how webhooks are read."""
        return self.home / "hooks"

    @property
    def deliveries_path(self) -> Path:
        """Which deliveries of webhooks came before."""
        return self.home / "deliveries.sqlite"

    @property
    def counts_path(self) -> Path:
        """How often who has asked, where several processes answer."""
        return self.home / "counts.sqlite"

    @property
    def accounts_path(self) -> Path:
        """Who is signed in, and the hashes of API tokens."""
        return self.home / "accounts.sqlite"

    @property
    def chain_path(self) -> Path:
        """The development chain's database."""
        return self.home / "chain" / "chain.sqlite"

    @property
    def deployment_path(self) -> Path:
        """Where the contracts of the network are."""
        return self.deployment_file or self.home / "deployments" / f"{self.chain_id}.json"

    @property
    def keys_path(self) -> Path:
        """Folder of encrypted key files."""
        return self.home / "keys"

    @property
    def models_path(self) -> Path:
        """Models that were learned, by what they rest on; it may be removed at any time."""
        return self.home / "models"

    @property
    def index_location(self) -> str:
        """The SQLAlchemy URL of the index."""
        return self.index_url or f"sqlite:///{self.home / 'index.sqlite'}"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments first, then the environment; `load` adds the file."""
        del settings_cls, dotenv_settings, file_secret_settings
        return init_settings, env_settings


def _is_http(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:  # brackets that do not match, a port that is none
        return False


def load(home: Path | None = None, **overrides: object) -> Settings:
    """The settings of a home folder.

    Raises:
        SettingsError: a value is wrong or unknown; the message names it.
    """
    _refuse_unknown(os.environ)
    given = {name: value for name, value in overrides.items() if value is not None}
    if home is not None:
        given["home"] = home
    try:
        folder = Settings(**given).home.expanduser().absolute()  # type: ignore[arg-type]
        from_file = TomlConfigSettingsSource(Settings, toml_file=folder / SETTINGS_FILE)()
        from_environment = Settings(**given).model_dump(exclude_unset=True)  # type: ignore[arg-type]
        return Settings(**{**from_file, **from_environment, "home": folder})
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, detail['loc']))}: {detail['msg']}"
            for detail in error.errors(include_url=False, include_input=False)
        )
        raise SettingsError(
            f"a setting is wrong: {faults}",
            hint="See docs/settings.md for every setting, or `perfledger doctor`.",
        ) from error
    except ValueError as error:  # the file is not TOML
        raise SettingsError(f"{SETTINGS_FILE} cannot be read: {error}") from error


def _refuse_unknown(environment: Iterable[str]) -> None:
    """A setting that is misspelt would be ignored, and the default used, without a word."""
    known = {f"{PREFIX}{name}".upper() for name in Settings.model_fields}
    unknown = sorted(
        name
        for name in environment
        if name.upper().startswith(PREFIX) and name.upper() not in known
    )
    if unknown:
        raise SettingsError(
            f"there is no setting {', '.join(unknown)}",
            hint="See docs/settings.md for every setting.",
        )
