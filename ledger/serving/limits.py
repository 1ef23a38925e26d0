"""How much a stranger may have of a node at once."""

from dataclasses import dataclass

from ledger.settings import Settings


@dataclass(frozen=True, slots=True)
class ServingLimits:
    """Bounds of what one request may cost.

    Attributes:
        streams: CAR streams at the same time.
        stream_seconds: from the first byte of a stream to its last.
        stream_bytes: of all blocks in a stream.
        dag_depth: links from the block where a path ends to the deepest one.
        path_segments: of a path, the CID not counted.
        query_bytes: of a URL's query.
    """

    streams: int = 16
    stream_seconds: float = 600
    stream_bytes: int = 8 << 30
    dag_depth: int = 64
    path_segments: int = 32
    query_bytes: int = 2048

    @classmethod
    def of(cls, settings: Settings) -> "ServingLimits":
        """The limits that settings name."""
        return cls(
            streams=settings.serve_streams,
            stream_seconds=settings.serve_stream_seconds,
            stream_bytes=settings.serve_stream_bytes,
            dag_depth=settings.serve_dag_depth,
            path_segments=settings.serve_path_segments,
            query_bytes=settings.serve_query_bytes,
        )


DEFAULTS = ServingLimits()
