"""JSON files are cut where their elements end, and a broken one costs itself alone."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress

import pytest
import xxhash
from hypothesis import given
from hypothesis import strategies as st

from ingest.formats import Fault, Raw
from ingest.formats.json_elements import elements
from ingest.formats.json_files import read_json, read_jsonl
from ingest.streams import BrokenStreamError

LIMIT = 1 << 20

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(1 << 53), 1 << 53)
    | st.text(max_size=20)
    | st.sampled_from(['"', "\\", '\\"', "}, {", "\n"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
OBJECTS = st.dictionaries(st.text(max_size=8), VALUES, max_size=5)
LAYOUTS = st.sampled_from(
    [
        {},
        {"indent": None, "separators": (",", ":")},
        {"indent": 0},
        {"indent": 2},
        {"indent": "\t", "ensure_ascii": False},
    ]
)
SIZES = st.integers(1, 60)


def blocks_of(content: bytes, size: int) -> Iterator[bytes]:
    return iter([content[at : at + size] for at in range(0, len(content), size)])


def read(content: bytes, size: int = 1 << 18, limit: int = LIMIT) -> list[Raw | Fault]:
    return list(read_json(blocks_of(content, size), limit))


def until_it_breaks(records: Iterator[Raw | Fault]) -> tuple[list[Raw | Fault], bool]:
    """Return the records, and whether the stream breaks off behind them."""
    found: list[Raw | Fault] = []
    with suppress(BrokenStreamError):
        for record in records:
            found.append(record)  # noqa: PERF402 - those before the break count
        return found, False
    return found, True


def told(records: list[Raw | Fault]) -> list[tuple[str, str]]:
    """Say of each record what it is, and where."""
    return [
        (record.part, record.reason if isinstance(record, Fault) else str(record.fields.get("n")))
        for record in records
    ]


@given(values=st.lists(VALUES, max_size=6), layout=LAYOUTS, size=SIZES)
def test_the_elements_of_an_array_are_those_of_pythons_parser(
    values: list[object], layout: dict[str, object], size: int
) -> None:
    content = json.dumps(values, **layout).encode("utf-8", "surrogatepass")  # type: ignore[arg-type]
    found = [b"".join(body.pieces) for body in elements(blocks_of(content, size), LIMIT)]
    assert [json.loads(raw.decode("utf-8", "surrogatepass")) for raw in found] == values


@given(
    values=st.lists(OBJECTS.filter(bool), min_size=1, max_size=6),
    layout=LAYOUTS,
    gap=st.sampled_from(["", "\n", " \r\n "]),
    size=SIZES,
)
def test_objects_one_behind_the_other_are_read_too(
    values: list[dict[str, object]], layout: dict[str, object], gap: str, size: int
) -> None:
    content = gap.join(json.dumps(value, **layout) for value in values).encode()  # type: ignore[arg-type]
    records = read(content, size)
    assert [dict(record.fields) for record in records if isinstance(record, Raw)] == values
    assert len(records) == len(values)


@given(
    content=st.lists(
        st.sampled_from(
            [b'"', b"{", b"}", b"[", b"]", b",", b":", b"\n", b"\\", b"a", b" ", b'{"n":1}', b'"n":']
        ),
        max_size=40,
    ).map(b"".join),
    size=SIZES,
    limit=st.sampled_from([5, 20, LIMIT]),
)
def test_junk_is_cut_alike_wherever_blocks_end(content: bytes, size: int, limit: int) -> None:
    def outcome(size: int) -> tuple[list[tuple[str, str, str]], bool]:
        found, broken = until_it_breaks(read_json(blocks_of(content, size), limit))
        return [(record.part, record.content_hash, type(record).__name__) for record in found], broken

    assert outcome(size) == outcome(len(content) or 1)
    found, broken = outcome(size)
    assert found or broken


GOOD = [b'{"n": %d, "text": "The council voted, %d to 0."}' % (number, number) for number in range(6)]


@pytest.mark.parametrize("size", [1, 7, 64, 1 << 18])
@pytest.mark.parametrize(
    ("begin", "between", "end"),
    [
        (b"[", b",\n", b"]"),
        (b"[\n", b",\n", b"\n]\n"),
        (b"[\n  ", b",\n  ", b"\n]"),
        (b"", b"\n", b"\n"),
        (b"", b"\n", b""),
    ],
)
@pytest.mark.parametrize(
    "bad",
    [
        b'{"n": 9, "text": "cut of',
        b'{"n": 9, "text": "a quote " too many"}',
        b'{"n": 9, "text": "no bracket"',
        b'{"n": 9, "text": {"no": "bracket"}',
        b'{"n": 9, "text": "a \\" b" c}',
        b'{"n": 9, }',
        b'{"n": 09}',
        b'{"n": 9, "text": "caf\xe9"}',
        b'{"n": 9, "text": "\\ud800"}',
        b'{"n": NaN}',
        b'{"n": 9, "deep": ' + b"[" * 10_000 + b"]" * 10_000 + b"}",
        b"7",
        b'"n, {"',
        b"null",
        b"[1, 2]",
    ],
)
def test_a_broken_element_costs_itself_alone(
    bad: bytes, begin: bytes, between: bytes, end: bytes, size: int
) -> None:
    content = begin + between.join([*GOOD[:3], bad, *GOOD[3:]]) + end
    records = read(content, size)
    assert [record.fields["n"] for record in records if isinstance(record, Raw)] == [*range(6)]
    (fault,) = (record for record in records if isinstance(record, Fault))
    assert fault.part == ("#4" if begin else ":4")
    assert fault.reason in ("malformed", "undecodable")


@pytest.mark.parametrize("junk", [b"{ ", b'{"\n', b"}", b"{},", b"[1],"])
def test_junk_takes_time_in_proportion_to_its_size(junk: bytes) -> None:
    """Each looked at together with all behind it, these would take minutes."""
    count = 100_000
    records, _ = until_it_breaks(read_json(blocks_of(b"[" + junk * count, 1 << 18), LIMIT))
    assert len(records) == count


def test_a_quote_too_few_in_one_line_costs_what_follows_but_nothing_before() -> None:
    records = read(b"[" + b",".join([*GOOD[:3], b'{"n": 9, "text": "abc}', *GOOD[3:]]) + b"]")
    assert told(records)[:3] == [("#1", "0"), ("#2", "1"), ("#3", "2")]
    assert all(isinstance(record, Fault) for record in records[3:])


@pytest.mark.parametrize("size", [1, 7, 1 << 18])
def test_a_file_cut_off_gives_what_came_before_and_one_fault(size: int) -> None:
    content = b"[" + b", ".join(GOOD) + b"]"
    for cut in range(1, len(content)):
        records, broken = until_it_breaks(read_json(blocks_of(content[:cut], size), LIMIT))
        whole = content[:cut].count(b"}")
        faults = [record for record in records if isinstance(record, Fault)]
        assert [record.fields["n"] for record in records if isinstance(record, Raw)] == [*range(whole)]
        assert len(faults) + broken == 1


def test_an_element_keeps_its_hash_however_it_is_wrapped() -> None:
    lines = list(read_jsonl(iter([b"\n".join(GOOD)]), LIMIT))
    array = read(b"[\n  " + b" ,\n".join(GOOD) + b" ]")
    behind = read(b" ".join(GOOD))
    assert [record.content_hash for record in lines] == [record.content_hash for record in array]
    assert [record.content_hash for record in lines] == [record.content_hash for record in behind]
    assert [record.content_hash for record in lines] == [xxhash.xxh3_128_hexdigest(raw) for raw in GOOD]
    assert [record.part for record in array] == [f"#{number}" for number in range(1, 7)]


@pytest.mark.parametrize("begin", [b"[\n", b"[", b"[\n\n  "])
def test_an_array_under_the_name_of_json_lines_is_read_as_one(begin: bytes) -> None:
    content = begin + b",\n".join(GOOD) + b"]\n"
    assert told(list(read_jsonl(blocks_of(content, 9), LIMIT))) == [(f"#{n + 1}", str(n)) for n in range(6)]


@pytest.mark.parametrize("end", [b"]", b"]\n", b"]\n\n"])
def test_an_array_on_one_line_under_the_name_of_json_lines_is_read_as_one(end: bytes) -> None:
    content = b"[" + b", ".join(GOOD) + end
    assert told(list(read_jsonl(blocks_of(content, 9), LIMIT))) == [(f"#{n + 1}", str(n)) for n in range(6)]


def test_lines_behind_an_array_are_read_too() -> None:
    content = b"[" + b", ".join(GOOD[:2]) + b"]\n" + b"\n".join(GOOD[2:]) + b"\n"
    assert told(list(read_jsonl(blocks_of(content, 9), LIMIT))) == [(f"#{n + 1}", str(n)) for n in range(6)]


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html>\n" * 9, b"%PDF-1.7\nx", b"PAR1\n\nx", b"PK\x03\x04\n\n"]
)
def test_lines_of_another_format_are_one_reject(content: bytes) -> None:
    assert told(list(read_jsonl(blocks_of(content, 9), LIMIT))) == [("", "malformed")]


def test_json_lines_under_a_wrong_name_have_their_line_numbers() -> None:
    assert told(read(b"\n" + b"\n\n".join(GOOD[:2]))) == [(":2", "0"), (":4", "1")]


@pytest.mark.parametrize("content", [b"", b" \n\t", b"\xef\xbb\xbf", b"[]", b"[ ]\n"])
def test_a_file_without_a_record_is_one_reject(content: bytes) -> None:
    assert told(read(content)) == [("", "empty")]


@pytest.mark.parametrize(
    "content", [b"<!DOCTYPE html>\n<p>a</p>" * 9, b"id,text\n1,a\n", b"\0\1\2\3", b"true"]
)
def test_a_file_that_is_no_json_is_one_reject(content: bytes) -> None:
    assert told(read(content, 10)) == [("", "malformed")]
    assert read(content, 10)[0].content_hash == xxhash.xxh3_128_hexdigest(content)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_other_encodings_with_their_mark(encoding: str) -> None:
    text = json.dumps([{"n": "Café 日本"}] * 3, ensure_ascii=False)
    assert told(read(text.encode(encoding), 5)) == [(f"#{number}", "Café 日本") for number in (1, 2, 3)]


def test_an_element_beyond_the_limit_is_a_reject_and_its_bytes_are_let_go() -> None:
    large = b'{"text": "' + b"x" * 300 + b'"}'
    records = read(b"[" + b",".join([GOOD[0], large, GOOD[1]]) + b"]", size=16, limit=100)
    assert told(records) == [("#1", "0"), ("#2", "too_large"), ("#3", "1")]
    assert records[1].content_hash == xxhash.xxh3_128_hexdigest(large)
    assert records[1].sample == large[:80]
