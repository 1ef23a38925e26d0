"""One network namespace with one TUN device, held by its file descriptors."""

import ctypes
import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from contextlib import suppress
from pathlib import Path

from ledger.errors import PerfledgerError

DEVICE = "net0"
MTU = 1_500
QUEUE_PACKETS = 20_000
"""What the device holds until the emulator reads it; nothing is lost before it is full."""

NETWORK = "10.77.0.0/16"

TCP = {"tcp_congestion_control": "reno", "tcp_rmem": "4096 131072 6291456"}
"""Settings of each namespace; both matter most where packets are lost and hosts far apart.

Reno (RFC 5681) is the one congestion control that a namespace may always choose, so that figures of
different machines compare; CUBIC and BBR lose less to loss. The buffer is Linux's default.
"""

_SETTINGS = Path("/proc/sys/net/ipv4")

NEEDED = (
    "Run it on Linux as root, or as `unshare --user --map-root-user --net -- COMMAND`; "
    "/dev/net/tun has to be there, and the program `ip` (of iproute2)."
)

_CLONE_NEWNET = 0x40000000
_TUNSETIFF = 0x400454CA
_TUN_WITHOUT_HEADER = 0x0001 | 0x1000
_OWN = "/proc/thread-self/ns/net"


class NamespacesNeededError(PerfledgerError):
    """This process may not make network namespaces, or the machine has none."""


class Namespace:
    """A network of its own, with loopback and one device; everything else is out of reach.

    It has no name and is on no list: when this object is closed, or the process that made it ends,
    and no process runs in it any more, the kernel removes it.

    Args:
        address: of the device, IPv4, inside `NETWORK`.

    Raises:
        NamespacesNeededError: it may not be made here.
    """

    def __init__(self, address: str) -> None:
        self.address = address
        opened: list[int] = []
        try:
            with _returning():
                _call("unshare", _CLONE_NEWNET)
                opened.append(os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC))
                opened.append(_tun_device())
                _configure(address)
                _tune()
        except (OSError, subprocess.SubprocessError) as error:
            for each in opened:
                os.close(each)
            raise NamespacesNeededError(
                f"no network namespace can be made here: {error}", hint=NEEDED
            ) from error
        self._namespace, self.tun = opened

    @contextmanager
    def entered(self) -> Iterator[None]:
        """This thread inside: sockets it opens and processes it starts are in the namespace.

        They stay there; files and other threads are not concerned.
        """
        with _returning():
            _call("setns", self._namespace, _CLONE_NEWNET)
            yield

    @property
    def inode(self) -> int:
        """What tells it from every other namespace of the machine while it is there."""
        return os.fstat(self._namespace).st_ino

    def dropped(self) -> int:
        """Packets the kernel dropped before the emulator could read them."""
        with self.entered():
            lines = Path("/proc/thread-self/net/dev").read_text(encoding="ascii").splitlines()
        (line,) = [each for each in lines if each.strip().startswith(f"{DEVICE}:")]
        return int(line.split(":")[1].split()[11])

    def congestion_control(self) -> str:
        """TCP's, of connections that begin here."""
        with self.entered():
            return (_SETTINGS / "tcp_congestion_control").read_text(encoding="ascii").strip()

    def close(self) -> None:
        """Let go of it; may be called again."""
        for each in (self.tun, self._namespace):
            if each >= 0:
                os.close(each)
        self.tun = self._namespace = -1


def require_namespaces() -> None:
    """Find out by making one.

    Raises:
        NamespacesNeededError: it may not be made here.
    """
    Namespace("10.77.255.254").close()


def isolate() -> None:
    """Leave every network for good: this thread, and what it starts from here on.

    A benchmark calls it first, so that no mistake of its own, such as a connection that is opened
    again outside of the host it was opened on, reaches the network of the machine.

    Raises:
        NamespacesNeededError: it may not make namespaces here.
    """
    try:
        _call("unshare", _CLONE_NEWNET)
    except OSError as error:
        raise NamespacesNeededError(
            f"no network namespace can be made here: {error}", hint=NEEDED
        ) from error


@contextmanager
def _returning() -> Iterator[None]:
    home = os.open(_OWN, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield
    finally:
        if Path(_OWN).stat().st_ino != os.fstat(home).st_ino:
            _call("setns", home, _CLONE_NEWNET)
        os.close(home)


def _tun_device() -> int:
    device = os.open("/dev/net/tun", os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        request = struct.pack("16sH22x", DEVICE.encode(), _TUN_WITHOUT_HEADER)
        fcntl.ioctl(device, _TUNSETIFF, request)
    except OSError:
        os.close(device)
        raise
    return device


def _configure(address: str) -> None:
    commands = (
        "link set lo up",
        f"addr add {address}/32 dev {DEVICE}",
        # No IPv6: its neighbour discovery would be packets that nobody asked for.
        f"link set {DEVICE} addrgenmode none",
        f"link set {DEVICE} mtu {MTU} txqueuelen {QUEUE_PACKETS} up",
        f"route add {NETWORK} dev {DEVICE} src {address}",
    )
    subprocess.run(
        ["ip", "-batch", "-"], input="\n".join(commands), text=True, check=True, capture_output=True
    )


def _tune() -> None:
    """TCP as `TCP` says, whatever the machine's operator chose."""
    for name, value in TCP.items():
        # Where /proc/sys is read-only, as in containers, the network's report says what there is.
        with suppress(OSError):
            (_SETTINGS / name).write_text(value, encoding="ascii")


def _call(name: str, *arguments: int) -> None:
    """A system call of libc that Python 3.11 has no name for.

    Raises:
        OSError: what the kernel says.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if getattr(libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
