"""The DAGs that the cases ask for, by name."""

from ledger.ipld.cid import CID
from ledger.ipld.cid import DAG_CBOR
from ledger.ipld.dagpb import PBLink
from tests.serving.dags import Dags
from tests.serving.dags import identity

CHUNK = 256


class Fixtures:
    """Blocks, and what the cases call them.

    Attributes:
        dags: every block.
        names: of blocks.
        missing: names of blocks that no server has.
    """

    def __init__(self) -> None:
        self.dags = Dags()
        self.names: dict[str, CID] = {}
        self.missing = {"hole/1", "absent", "torn/leaf"}
        self._files()
        self._directories()
        self._documents()
        self._virtual()

    def held(self) -> Dags:
        """What servers have."""
        missing = {self.names[name] for name in self.missing}
        held = Dags()
        held.update((cid, data) for cid, data in self.dags.items() if cid not in missing)
        return held

    def name_of(self, cid: CID) -> str:
        """What the cases call a block."""
        return next((name for name, each in self.names.items() if each == cid), str(cid))

    def _files(self) -> None:
        self.names["ascii"] = self.dags.raw(b"hello application/vnd.ipld.car\n")
        self.names["hello"] = self.dags.raw(b"hello world\n")
        self.names["empty"] = self.dags.raw(b"")
        self._file("multi", b"".join(bytes([97 + place]) * CHUNK for place in range(4)) + b"zz")
        self._file("hole", b"".join(bytes([65 + place]) * CHUNK for place in range(3)))
        self._file("deep", b"".join(bytes([33 + place]) * CHUNK for place in range(9)), width=3)
        self.names["absent"] = self.dags.raw(b"nobody has this")

    def _file(self, name: str, content: bytes, width: int = 174) -> None:
        self.names[name] = self.dags.file(content, CHUNK, width)
        for place in range(0, len(content), CHUNK):
            self.names[f"{name}/{place // CHUNK}"] = self.dags.raw(content[place : place + CHUNK])

    def _directories(self) -> None:
        names = self.names
        names["subdir"] = self.dags.directory(
            {"ascii.txt": names["ascii"], "hello.txt": names["hello"], "multi.txt": names["multi"]}
        )
        names["root"] = self.dags.directory({"subdir": names["subdir"]})
        names["twins"] = self.dags.directory(
            {"a-copy": names["multi"], "a": names["multi"], "b": names["hello"]}
        )
        entries = {f"{number}.txt": self.dags.raw(b"entry %d" % number) for number in range(400)}
        names["sharded"] = self.dags.hamt(entries | {"multi.txt": names["multi"]})
        names["spaced"] = self.dags.directory({"ą ę": names["hello"]})

    def _documents(self) -> None:
        names = self.names
        names["document"] = self.dags.cbor(
            {
                "files": {"single": bytes(names["ascii"]), "multi": bytes(names["multi"])},
                "list": [1, bytes(names["hello"])],
                "text": "value",
            }
        )
        names["with-document"] = self.dags.directory({"document": names["document"]})
        names["torn/leaf"] = self.dags.raw(b"torn")
        names["torn"] = self.dags.cbor([bytes(names["ascii"]), bytes(names["torn/leaf"])])
        names["plain"] = self.dags.node([PBLink(names["hello"], "link", 12)], data=b"no unixfs")

    def _virtual(self) -> None:
        names = self.names
        inner = names.copy()["hello"]
        names["virtual"] = identity(b"hello identity")
        data = self.dags.pop(self.dags.cbor([bytes(inner)]))
        names["virtual-links"] = identity(data, DAG_CBOR)
        names["around-virtual"] = self.dags.cbor(
            [bytes(names["virtual"]), bytes(names["virtual-links"])]
        )
