"""Which ``Host`` headers are served."""

from ipaddress import ip_address

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")


def is_loopback(host: str) -> bool:
    """Whether an address is reached from this machine only."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def allowed(app_host: str) -> list[str] | None:
    """The names under which the app may be asked for; None where a proxy decides.

    A web page could otherwise point its own name at this machine and have the visitor's browser
    read from, and write to, an app that listens on loopback (DNS rebinding).
    """
    if not is_loopback(app_host):
        return None
    own = f"[{app_host}]" if ":" in app_host and not app_host.startswith("[") else app_host
    return list(dict.fromkeys([*LOOPBACK_NAMES, own]))
