"""An emulated network: a namespace for each host, and delay, loss and rate between them.

Every host is a Linux network namespace with one TUN device. A process of its own, the emulator,
reads what a host sends, holds it for as long as the path would, drops what the path would lose, and
writes it to the host it is for. The TCP stacks at both ends are the kernel's, so that they see real
delay, loss and retransmission.

This is what ``tc netem`` does inside the kernel. It is not used: kernels without that queueing
discipline are common on virtual machines, two ways to emulate would be two sets of figures, and
this one says in each run how exact it was.

Namespaces have no names: they are held by the process that made them, and are gone, with all that
runs in them, when it ends, however it ends.
"""

from bench.network.emulated import EmulatedNetwork
from bench.network.host import Host
from bench.network.namespace import NamespacesNeededError
from bench.network.namespace import isolate
from bench.network.namespace import require_namespaces

__all__ = ["EmulatedNetwork", "Host", "NamespacesNeededError", "isolate", "require_namespaces"]
