from __future__ import annotations

import hashlib
from dataclasses import replace

import pytest

from fm_tasks.errors import BadConfig, BadRequest, Changed, Missing, Torn, Unavailable
from fm_tasks.objects import Objects, split


def test_what_is_written_is_read_back(objects, tmp_path):
    key = "a b/ü'\"日.bin"
    objects.put_bytes(objects.raw_uri(key), b"body", "application/octet-stream")
    assert objects.fetch(objects.raw_uri(key), tmp_path / "x") == hashlib.sha256(b"body").hexdigest()
    assert (tmp_path / "x").read_bytes() == b"body"
    assert [item.key for item in objects.list(objects.raw, "a b/")] == [key]


def test_equal_documents_are_equal_bytes(objects):
    one, two = (objects.result_uri("cut", key) for key in ("aa1", "aa2"))
    for uri in (one, two):
        objects.put_json(uri, {"result": {"b": [1, 2.5], "a": "ü"}})
    assert objects.get_bytes(one) == objects.get_bytes(two)
    assert objects.result("cut", "aa1") == {"b": [1, 2.5], "a": "ü"}


def test_a_missing_object_is_named(objects, tmp_path):
    with pytest.raises(Missing, match="nowhere"):
        objects.fetch(objects.raw_uri("nowhere"), tmp_path / "x")
    assert not objects.exists(objects.raw_uri("nowhere"))


def test_a_replaced_object_is_not_read(objects, tmp_path):
    uri = objects.raw_uri("v.mp4")
    objects.put_bytes(uri, b"one", "video/mp4")
    etag = next(objects.list(objects.raw, "v.mp4")).etag
    assert objects.fetch(uri, tmp_path / "x", etag=etag)
    objects.put_bytes(uri, b"two", "video/mp4")
    with pytest.raises(Changed, match="replaced"):
        objects.fetch(uri, tmp_path / "x", etag=etag)


def test_a_torn_document_says_what_to_do(objects):
    uri = objects.result_uri("cut", "aa")
    objects.put_json(uri, {"result": list(range(1000))})
    whole = objects.get_bytes(uri)
    for torn in (whole[:100], whole[:50] + bytes(50) + whole[100:], whole[50:], b""):
        objects.put_bytes(uri, torn, "application/gzip")
        with pytest.raises(Torn, match="`fm retry` removes it"):
            objects.get_json(uri)


def test_a_wrong_key_is_not_retried_and_names_the_settings(installation):
    with pytest.raises(BadConfig, match="FM_S3_ACCESS_KEY") as error:
        Objects(replace(installation.settings, s3_secret_key="wrong")).make_buckets()
    assert "wrong" not in str(error.value)


def test_a_server_that_is_down_is_named(installation, tmp_path):
    down = Objects(replace(installation.settings, s3_endpoint="http://127.0.0.1:9"))
    with pytest.raises(Unavailable, match=r"127\.0\.0\.1:9.*make status"):
        down.fetch(down.raw_uri("x"), tmp_path / "x")


def test_only_object_addresses_split():
    assert split("s3://b/k/l") == ("b", "k/l")
    for wrong in ("http://b/k", "s3://b", "k"):
        with pytest.raises(BadRequest, match="not an object address"):
            split(wrong)


def test_the_address_of_a_shard_names_its_batch(objects):
    assert objects.shard_name(objects.shard_uri("cam--a--b", "cut", "0123abcd")) == ("cam--a--b", "0123abcd")
    with pytest.raises(BadRequest, match="no shard document"):
        objects.shard_name(objects.result_uri("cut", "0123abcd"))
