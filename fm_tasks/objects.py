"""Objects on MinIO or any S3 server, and the layout of every key the product writes.

========================================================  ====================================================
key                                                       holds
========================================================  ====================================================
raw: ``<source>/…``                                       the owners' videos; never written
work: ``clips/<aa>/<sha256>.mp4``                         a cut clip, addressed by its content
work: ``thumbnails/<aa>/<sha256>.jpg``                    a small picture of a span of a video, kept or refused
work: ``previews/<aa>/<key>.…``                           overlay video, thumbnail, copy for browsers of a clip
work: ``steps/<step>/<aa>/<key>.json.gz``                 the result, or rejection, of one request
work: ``steps/<step>/<aa>/<key>.failed.json``             the last failure of one request
work: ``shards/<batch>/<step>/<digest>.json.gz``          the requests of one mapped task
work: ``llm/<aa>/<digest>.json.gz``                      the raw answer of a language model to one call
release: ``partitions/<source>/<window>/<digest>/…``      one published batch
========================================================  ====================================================
"""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, NamedTuple, TypeVar
from urllib.parse import urlsplit

import urllib3
from minio import Minio
from minio.error import S3Error
from minio.helpers import DictType
from pydantic_core import from_json

from fm_tasks.errors import BadConfig, BadRequest, Changed, Missing, Torn, Unavailable
from fm_tasks.settings import Settings

T = TypeVar("T")
ABSENT_CODES = {"NoSuchKey", "NoSuchBucket", "NoSuchUpload"}
REFUSED_CODES = {"AccessDenied", "InvalidAccessKeyId", "SignatureDoesNotMatch"}


class Listed(NamedTuple):
    """One object of a listing."""

    key: str
    etag: str
    size: int
    modified: datetime


class Objects:
    """The three buckets. Every method raises ``Unavailable`` when the server does not answer and ``BadConfig``
    when it refuses the access key."""

    def __init__(self, settings: Settings):
        self._url = settings.require("s3_endpoint")
        url = urlsplit(self._url)
        self.raw, self.work, self.release = settings.bucket_raw, settings.bucket_work, settings.bucket_release
        self._endpoint = url.netloc
        self._http = urllib3.PoolManager(
            timeout=urllib3.Timeout(connect=5, read=60),
            maxsize=16,
            retries=urllib3.Retry(total=3, backoff_factor=0.2, status_forcelist=[500, 502, 503, 504]),
        )
        self._client = Minio(
            url.netloc,
            access_key=settings.require("s3_access_key"),
            secret_key=settings.require("s3_secret_key"),
            secure=url.scheme == "https",
            region=settings.s3_region,
            http_client=self._http,
        )

    def clock(self) -> datetime:
        """The server's time, to the second; needs no access key."""
        with self._errors("its clock"):
            return parsedate_to_datetime(self._http.request("HEAD", self._url).headers["Date"])

    def make_buckets(self) -> None:
        """Make those of the three buckets that are not there."""
        with self._errors("buckets"):
            for bucket in (self.raw, self.work, self.release):
                if not self._client.bucket_exists(bucket):
                    self._client.make_bucket(bucket)

    def list(self, bucket: str, prefix: str) -> Iterator[Listed]:
        """Every object under ``prefix``, in the order of the keys."""
        with self._errors(f"{bucket}/{prefix}"):
            for item in self._client.list_objects(bucket, prefix=prefix, recursive=True):
                key, etag, size, modified = item.object_name, item.etag, item.size, item.last_modified
                if key is None or etag is None or size is None or modified is None:
                    raise Unavailable(f"the S3 server lists an object of {bucket}/{prefix} without saying all of it")
                yield Listed(key, etag.strip('"'), size, modified)

    def exists(self, uri: str) -> bool:
        """Whether an object lies at ``uri``."""
        try:
            self.size(uri)
        except Missing:
            return False
        return True

    def size(self, uri: str) -> int:
        """Bytes of the object. Raises ``Missing``."""
        bucket, key = split(uri)
        with self._errors(uri):
            size = self._client.stat_object(bucket, key).size
        if size is None:
            raise Unavailable(f"the S3 server does not say how large {uri} is")
        return size

    def fetch(self, uri: str, path: Path, etag: str | None = None) -> str:
        """Copy the object to ``path`` and return its SHA-256. Raises ``Missing``, or ``Changed`` where ``etag`` is
        given and the object has another by now."""
        bucket, key = split(uri)
        sha = hashlib.sha256()
        headers: DictType | None = {"If-Match": f'"{etag}"'} if etag else None
        with self._errors(uri), path.open("wb") as out:
            response = self._client.get_object(bucket, key, request_headers=headers)
            try:
                for block in response.stream(1 << 20):
                    sha.update(block)
                    out.write(block)
            finally:
                response.close()
                response.release_conn()
        return sha.hexdigest()

    def put_file(self, uri: str, path: Path, content_type: str) -> None:
        """Write the file at ``path`` as one object."""
        bucket, key = split(uri)
        with self._errors(uri):
            self._client.fput_object(bucket, key, str(path), content_type=content_type)

    def put_bytes(self, uri: str, body: bytes, content_type: str, seconds: float | None = None) -> None:
        """Write ``body`` as one object, in one PUT; ``seconds``, what it took to make, is noted beside the bytes."""
        bucket, key = split(uri)
        noted: DictType | None = None if seconds is None else {"seconds": f"{seconds:.3f}"}
        with self._errors(uri):
            self._client.put_object(bucket, key, io.BytesIO(body), len(body), content_type=content_type, metadata=noted)

    def seconds(self, uri: str) -> float | None:
        """What the object took to make, None where nobody noted it. Raises ``Missing``."""
        bucket, key = split(uri)
        with self._errors(uri):
            noted = (self._client.stat_object(bucket, key).metadata or {}).get("x-amz-meta-seconds")
        return None if noted is None else float(noted)

    def get_bytes(self, uri: str) -> bytes:
        """The whole object. Raises ``Missing``."""
        bucket, key = split(uri)
        with self._errors(uri):
            response = self._client.get_object(bucket, key)
            try:
                return response.read()
            finally:
                response.close()
                response.release_conn()

    def delete(self, uri: str) -> None:
        """Remove the object; one that is not there is no error."""
        bucket, key = split(uri)
        with self._errors(uri):
            self._client.remove_object(bucket, key)

    def put_json(self, uri: str, document: object, seconds: float | None = None) -> None:
        """Write ``document`` as gzipped JSON, as ``put_bytes``. Equal documents give equal bytes."""
        body = json.dumps(document, separators=(",", ":"), ensure_ascii=False).encode()
        self.put_bytes(uri, gzip.compress(body, mtime=0), "application/gzip", seconds)

    def get_json(self, uri: str) -> Any:
        """Read what ``put_json`` wrote. Raises ``Missing``, or ``Torn`` where it is not whole."""
        return self.get_document(uri, from_json)

    def get_document(self, uri: str, read: Callable[[bytes], T]) -> T:
        """What ``read`` makes of the JSON that ``put_json`` wrote. Raises ``Missing``, or ``Torn`` where it is not
        whole or ``read`` raises ``ValueError``."""
        body = self.get_bytes(uri)
        try:
            return read(gzip.decompress(body))
        except (OSError, EOFError, ValueError, zlib.error) as error:
            raise Torn(
                f"{uri} is not a whole document ({error}); `fm retry` removes it where it can be made again"
            ) from error

    def result(self, step: str, key: str) -> dict:
        """The result that ``step`` wrote under ``key``. Raises ``Missing``; ``ValueError`` where it was a rejection."""
        document = self.get_json(self.result_uri(step, key))
        if "result" not in document:
            raise ValueError(f"{step} {key} was rejected: it has no result")
        return document["result"]

    @contextmanager
    def _errors(self, what: str):
        try:
            yield
        except S3Error as error:
            if error.code in ABSENT_CODES:
                raise Missing(f"{what} is not there") from error
            if error.code == "PreconditionFailed":
                raise Changed(f"{what} was replaced while it was read; it will be claimed anew") from error
            if error.code in REFUSED_CODES:
                raise BadConfig(
                    f"the S3 server at {self._endpoint} refused the access key ({error.code}) for {what}; "
                    "check FM_S3_ACCESS_KEY and FM_S3_SECRET_KEY"
                ) from error
            raise Unavailable(f"S3 error {error.code} for {what}") from error
        except urllib3.exceptions.HTTPError as error:
            raise Unavailable(
                f"no answer from the S3 server at {self._endpoint} for {what}; is it running? (`make status`)"
            ) from error

    # --- the key layout -------------------------------------------------------------------------------------------

    def raw_uri(self, key: str) -> str:
        return f"s3://{self.raw}/{key}"

    def clip_uri(self, sha256: str) -> str:
        return f"s3://{self.work}/clips/{sha256[:2]}/{sha256}.mp4"

    def thumbnail_uri(self, sha256: str) -> str:
        return f"s3://{self.work}/thumbnails/{sha256[:2]}/{sha256}.jpg"

    def preview_uri(self, key: str, suffix: str) -> str:
        return f"s3://{self.work}/previews/{key[:2]}/{key}.{suffix}"

    def result_uri(self, step: str, key: str) -> str:
        return f"s3://{self.work}/steps/{step}/{key[:2]}/{key}.json.gz"

    def failure_uri(self, step: str, key: str) -> str:
        return f"s3://{self.work}/steps/{step}/{key[:2]}/{key}.failed.json"

    def reply_uri(self, digest: str) -> str:
        return f"s3://{self.work}/llm/{digest[:2]}/{digest}.json.gz"

    def shard_uri(self, batch: str, step: str, digest: str) -> str:
        return f"s3://{self.work}/shards/{batch}/{step}/{digest}.json.gz"

    def shard_name(self, uri: str) -> tuple[str, str]:
        """The batch and the digest in an address that ``shard_uri`` made. Raises ``BadRequest`` for any other."""
        found = re.fullmatch(r"shards/([^/]+)/[^/]+/([^/.]+)\.json\.gz", split(uri)[1])
        if not found:
            raise BadRequest(f"{uri} is no shard document; it should be s3://{self.work}/shards/…")
        return found[1], found[2]

    def partition_uri(self, source: str, window: str, digest: str, name: str) -> str:
        return f"s3://{self.release}/partitions/{source}/{window}/{digest}/{name}"


def split(uri: str) -> tuple[str, str]:
    """``s3://bucket/key`` as ``(bucket, key)``. Raises ``BadRequest`` for anything else."""
    if not uri.startswith("s3://") or "/" not in uri[5:]:
        raise BadRequest(f"not an object address: {uri!r}; it should be s3://bucket/key")
    bucket, key = uri[5:].split("/", 1)
    return bucket, key
