"""The services that tests use and Python cannot bring: found, or installed into ``.services/``.

``python -m tools.services install`` gets what is missing, ``check`` only looks. Both print what is
there and how to get the rest. What cannot be had is skipped by the tests that need it, except
under ``CI=true``, where it is an error.

A service is one small class with a name, what needs it, `Service.find` and `Service.install`,
listed in `SERVICES`.
"""

from collections.abc import Sequence

from tools.services.anvil import Anvil
from tools.services.chromium import Chromium
from tools.services.flink import Flink
from tools.services.geth import Geth
from tools.services.hadoop import Hadoop
from tools.services.kubo import Kubo
from tools.services.postgresql import PostgreSQL
from tools.services.service import Service
from tools.services.spark import Spark

__all__ = [
    "SERVICES",
    "Anvil",
    "Chromium",
    "Flink",
    "Geth",
    "Hadoop",
    "Kubo",
    "PostgreSQL",
    "Service",
    "Spark",
]

SERVICES: Sequence[Service] = (
    Chromium(),
    Anvil(),
    Geth(),
    Kubo(),
    PostgreSQL(),
    Spark(),
    Flink(),
    Hadoop(),
)
