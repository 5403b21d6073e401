#!/usr/bin/env python3
"""Verifies a Firstlook receipt with nothing but the Python standard library (3.8 or later).

    python3 firstlook_verify.py FILE KEY...

FILE is a receipt or an evidence archive, KEY a public key ("name+hash+base64") or a file of keys, of logs, auditors and witnesses. It was
written from docs/spec/proof.md and from no other program, so that the page is shown to be complete.

Exit code 0: verified. 1: not verified, with the code of the page. 2: wrong usage.
"""
import base64
import binascii
import hashlib
import io
import json
import re
import sys
import zipfile
import zlib
from datetime import datetime, timedelta, timezone


class Wrong(Exception):
    def __init__(self, code, words):
        super().__init__(words)
        self.code = code


# Ed25519 (RFC 8032), verification alone.
P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
ROOT = pow(2, (P - 1) // 4, P)


def recover(y, sign):
    """The x of a point on the curve, None where there is none."""
    if y >= P:
        return None
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * ROOT % P
    if (x * x - xx) % P or (x == 0 and sign):
        return None
    return P - x if x & 1 != sign else x


def point(b):
    n = int.from_bytes(b, "little")
    y, sign = n & ((1 << 255) - 1), n >> 255
    x = recover(y, sign)
    return None if x is None else (x, y, 1, x * y % P)


def add(p, q):
    a, b = (p[1] - p[0]) * (q[1] - q[0]), (p[1] + p[0]) * (q[1] + q[0])
    c, d = 2 * p[3] * q[3] * D, 2 * p[2] * q[2]
    e, f, g, h = b - a, d - c, d + c, b + a
    return (e * f % P, g * h % P, f * g % P, e * h % P)


def times(n, p):
    out = (0, 1, 1, 0)
    while n:
        if n & 1:
            out = add(out, p)
        p, n = add(p, p), n >> 1
    return out


BASE_Y = 4 * pow(5, P - 2, P) % P
BASE = (recover(BASE_Y, 0), BASE_Y, 1, recover(BASE_Y, 0) * BASE_Y % P)


def ed25519(public, message, signature):
    if len(public) != 32 or len(signature) != 64:
        return False
    a, r, s = point(public), point(signature[:32]), int.from_bytes(signature[32:], "little")
    if a is None or r is None or s >= L:
        return False
    k = int.from_bytes(hashlib.sha512(signature[:32] + public + message).digest(), "little") % L
    left, right = times(s, BASE), add(r, times(k, a))
    return (left[0] * right[2] - right[0] * left[2]) % P == 0 and (left[1] * right[2] - right[1] * left[2]) % P == 0


def sha256(b):
    return hashlib.sha256(b).digest()


def base64_of(text, size):
    """The bytes of standard base64 in its one spelling."""
    try:
        raw = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return raw if len(raw) == size and base64.b64encode(raw) == text.encode() else None


# Keys and checkpoints.
def read_keys(arguments):
    keys = {}
    for argument in arguments:
        try:
            with open(argument, encoding="utf-8") as f:
                argument = f.read()
        except (OSError, ValueError):
            pass
        for line in argument.splitlines():
            line = line.strip()
            if not line or line.startswith("#"):
                continue
            name, digits, encoded = line.split("+", 2)
            raw = base64.b64decode(encoded, validate=True)
            short = sha256(name.encode() + b"\n" + raw)[:4]
            if short.hex() != digits or len(raw) != 33 or raw[0] not in (1, 4):
                raise ValueError("this is no key: " + line)
            keys[name, short] = (raw[0], raw[1:])
    return keys


def open_note(note, keys, code):
    """The text of a signed note, and who of the known keys signed it, as (name, kind)."""
    split = note.rfind(b"\n\n")
    if split < 0 or not note.endswith(b"\n"):
        raise Wrong(code, "this is no signed note")
    text, signatures = note[: split + 1], note[split + 2 :]
    signers = []
    for line in signatures.decode("utf-8").split("\n")[:-1]:
        mark, name, encoded = (line.split(" ") + ["", "", ""])[:3]
        raw = base64.b64decode(encoded, validate=True)
        if mark != "\u2014" or len(raw) < 5:
            raise Wrong(code, "a signature has another form")
        kind, public = keys.get((name, raw[:4]), (0, b""))
        if kind == 1:
            good = ed25519(public, text, raw[4:])
        elif kind == 4:
            seconds = int.from_bytes(raw[4:12], "big")
            good = ed25519(public, b"cosignature/v1\ntime %d\n" % seconds + text, raw[12:])
        else:
            continue  # of somebody who is not known here
        if not good or base64.b64encode(raw).decode() != encoded:
            raise Wrong(code, "the signature of %s is not that of its key" % name)
        signers.append((name, kind))
    return text, signers


def open_checkpoint(note, keys):
    text, signers = open_note(note, keys, "signature")
    lines = text.decode("utf-8").split("\n")
    if (lines[0], 1) not in signers:
        raise Wrong("signature", "no key of the log that was named signed the checkpoint")
    root = base64_of(lines[2], 32) if len(lines) > 3 else None
    if root is None or not lines[0] or not re.fullmatch("0|[1-9][0-9]*", lines[1]):
        raise Wrong("signature", "this is not the text of a checkpoint")
    return lines[0], int(lines[1]), root


# The tree of RFC 6962.
def leaf_hash(text):
    return sha256(b"\0" + text)


def node_hash(left, right):
    return sha256(b"\1" + left + right)


def included(index, size, leaf, path, root):
    """RFC 9162, section 2.1.3.2."""
    if index >= size:
        return False
    node, last, h = index, size - 1, leaf
    for p in path:
        if last == 0:
            return False
        if node & 1 or node == last:
            h = node_hash(p, h)
            while not node & 1 and node:
                node, last = node >> 1, last >> 1
        else:
            h = node_hash(h, p)
        node, last = node >> 1, last >> 1
    return last == 0 and h == root


def tree_root(leaves):
    edge = []  # subtrees of sizes that fall, as (leaves, hash)
    for h in leaves:
        n = 1
        while edge and edge[-1][0] == n:
            h, n = node_hash(edge.pop()[1], h), 2 * n
        edge.append((n, h))
    h = edge.pop()[1]
    while edge:
        h = node_hash(edge.pop()[1], h)
    return h


# The receipt.
def read_receipt(data):
    lines = data.split(b"\n")
    if lines[0] != b"firstlook receipt 1":
        raise Wrong("form", "this is no receipt")
    items, at = [], 1
    while True:
        if at >= len(lines) - 1:
            raise Wrong("form", "the file ends before its checkpoint")
        word, _, value = lines[at].partition(b" ")
        if lines[at] == b"checkpoint":
            return items, b"\n".join(lines[at + 1 :])
        if word == b"for" and at == 1 and value:
            pass
        elif word == b"leaf":
            number, _, text = value.partition(b" ")
            if not re.fullmatch(b"0|[1-9][0-9]*", number) or not text or (items and items[-1]["index"] >= int(number)):
                raise Wrong("form", "line %d is no leaf, or out of order" % (at + 1))
            items.append({"index": int(number), "leaf": text, "open": [], "proof": []})
        elif word == b"open" and items and not items[-1]["proof"]:
            salt, _, text = value.partition(b" ")
            raw = base64_of(salt.decode("latin1"), 16)
            if raw is None:
                raise Wrong("form", "line %d is no opening" % (at + 1))
            items[-1]["open"].append((raw, text))
        elif word == b"proof" and items:
            raw = base64_of(value.decode("latin1"), 32)
            if raw is None:
                raise Wrong("form", "line %d is no hash" % (at + 1))
            items[-1]["proof"].append(raw)
        else:
            raise Wrong("form", "line %d is of no known kind" % (at + 1))
        at += 1


LEAF = ["leaf", "stream", "record", "time", "of", "event", "at", "recorded", "type", "said"]


def filling(text, mark):
    """What goes with a seal of nothing: its name in an object, and a comma, the one before it or, where it is the first, behind it."""
    before, found, after = text.partition(mark)
    if not found:
        return mark
    name = re.search(rb'"[^"]*":$', before)
    if name:
        mark, before = name.group() + mark, before[: name.start()]
    if before.endswith(b","):
        return b"," + mark
    return mark + b"," if after.startswith(b",") else mark


def reveal(item):
    text = item["leaf"]
    for salt, value in item["open"]:
        mark = b'{"#":"' + base64.b64encode(sha256(salt + value)) + b'"}'
        if not value:
            mark = filling(text, mark)
        try:
            json.loads(value or b"0")
        except ValueError:
            raise Wrong("seal", "an opened value of leaf %d is no JSON" % item["index"])
        if mark not in text:
            raise Wrong("seal", "a value of leaf %d is not the one that was sealed" % item["index"])
        text = text.replace(mark, value, 1)
    try:
        leaf = json.loads(text)
        names = list(leaf)
        good = leaf["leaf"] == 1 and leaf["stream"] and 1 <= leaf["event"] <= leaf["of"] and leaf["record"] >= 1
        good = good and names == [n for n in LEAF if n in leaf] and len(names) in (8, 9, 10)
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise Wrong("seal", "leaf %d has another form" % item["index"])
    return leaf


def instant(text):
    for form in ("%Y-%m-%dT%H:%MZ", "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S.%fZ"):
        try:
            return datetime.strptime(text, form).replace(tzinfo=timezone.utc)
        except ValueError:
            continue
    raise Wrong("form", "%s is no instant" % text)


def check_order(leaves, whole):
    last, newest = {}, None
    for index, leaf in leaves:
        record, event, of = leaf["record"], leaf["event"], leaf["of"]
        before, due = last.get(leaf["stream"]), (1, 1)
        if before:
            if (record, event) == before[:2]:
                raise Wrong("replayed", "leaf %d is an event that stands in a leaf before it" % index)
            if (record, event) < before[:2]:
                raise Wrong("reordered", "leaf %d stands behind a later event" % index)
            if record == before[0] and of != before[2]:
                raise Wrong("missing", "leaf %d counts the events of its record otherwise" % index)
            due = (before[0], before[1] + 1) if before[1] < before[2] else (before[0] + 1, 1)
        if whole and (record, event) != due:
            raise Wrong("missing", "leaf %d is not the next of its stream" % index)
        last[leaf["stream"]] = (record, event, of)
        at = instant(leaf["time"])
        if newest and at + timedelta(seconds=60) < newest:
            raise Wrong("back-dated", "leaf %d was recorded before one that stands before it" % index)
        newest = at if newest is None else max(at, newest)
    if whole and any(event != of for _, event, of in last.values()):
        raise Wrong("missing", "a stream ends within a record")


def verify(data, keys):
    items, note = read_receipt(data)
    origin, size, root = open_checkpoint(note, keys)
    if not items:
        raise Wrong("form", "it holds no leaf")
    leaves = [(item["index"], reveal(item)) for item in items]
    whole = len(items) == size and items[0]["index"] == 0 and not any(item["proof"] for item in items)
    if whole:
        if tree_root([leaf_hash(item["leaf"]) for item in items]) != root:
            raise Wrong("root", "the leaves do not make the tree of the checkpoint")
    for item in [] if whole else items:
        if not included(item["index"], size, leaf_hash(item["leaf"]), item["proof"], root):
            raise Wrong("inclusion", "leaf %d is not in the tree at its place" % item["index"])
    check_order(leaves, whole)
    hashes = {item["index"]: leaf_hash(item["leaf"]) for item in items}
    for _, leaf in leaves:
        check_statement(leaf, hashes, (origin, size, root), keys)
    said = "%s: %d of %d leaves, %d seals opened" % (origin, len(items), size, sum(len(i["open"]) for i in items))
    return said, [leaf for _, leaf in leaves]


STATEMENT = ["log", "tree", "terms", "release", "direction", "cap", "tail", "counterparty", "at"]


def place(text):
    number, _, encoded = text.partition(" ")
    h = base64_of(encoded, 32)
    if h is None or not re.fullmatch("0|[1-9][0-9]*", number):
        raise Wrong("statement", "a statement names no leaf where it should")
    return int(number), h


def check_statement(leaf, hashes, log, keys):
    said = leaf["said"]
    if leaf["stream"] != "log" or leaf["type"] != "record" or said.get("kind") != "statement":
        return
    text, signers = open_note(said["body"]["note"].encode(), keys, "statement")
    lines = text.decode("utf-8").split("\n")
    words = dict(line.partition(" ")[::2] for line in lines[1:-1])
    if lines[0] != "firstlook statement 1" or lines[-1] or [w.partition(" ")[0] for w in lines[1:-1]] != STATEMENT or not all(words.values()):
        raise Wrong("statement", "this is not the text of a statement")
    instant(words["at"])
    if not any(kind == 1 and name != words["log"] for name, kind in signers):
        raise Wrong("statement", "no auditor that was named signed the statement")
    origin, size, root = log
    seen_size, seen_root = place(words["tree"])
    if words["log"] != origin or seen_size > size or (seen_size == size and seen_root != root):
        raise Wrong("statement", "the statement is about another log")
    for index, h in (place(words["terms"]), place(words["release"])):
        if hashes.get(index, h) != h or index >= seen_size:
            raise Wrong("statement", "the statement is about another leaf %d" % index)


# Evidence.
FILE = {"name", "sha256", "stream", "record", "text_of", "sent_in"}


def text_of(body):
    return body.get("text") or body.get("document", {}).get("text", "")


def sent_in(body):
    return body.get("sha256") or (body.get("hash") if body.get("result") in ("sent", "delivered") else None)


def verify_archive(data, keys):
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as z:
            names = z.namelist()
            files = {name: z.read(name) for name in names}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as problem:
        raise Wrong("form", "the archive is damaged or cut short: %s" % problem)
    if len(names) != len(files):
        raise Wrong("form", "a file is in the archive twice")
    said, leaves = verify(files.pop("receipt.txt", b""), keys)
    manifest = files.pop("manifest.json", b"")
    try:
        m = json.loads(manifest)
        good = m["evidence"] == 1 and set(m) <= {"evidence", "need", "for", "made", "files"} and all(set(f) <= FILE for f in m["files"])
    except (ValueError, KeyError, TypeError):
        good = False
    if not good:
        raise Wrong("form", "the manifest has another form")
    records = [leaf for leaf in leaves if leaf["type"] == "record"]
    made = {"need": m["need"], "manifest": hashlib.sha256(manifest).hexdigest()}
    if not any(l["stream"] == "log" and l["said"].get("kind") == "evidence" and l["said"]["body"] == made for l in records):
        raise Wrong("evidence", "the log has no record of this manifest")
    listed = {f["name"]: f for f in m["files"]}
    if set(listed) != set(files):
        raise Wrong("evidence", "files were put in or left out")
    for name, f in listed.items():
        h = hashlib.sha256(files[name]).hexdigest()
        if h != f["sha256"]:
            raise Wrong("evidence", name + " was changed")
        if "text_of" in f and text_of(json.loads(files[f["text_of"]])).encode() != files[name]:
            raise Wrong("evidence", name + " is not the text of its record")
        if "sent_in" in f and ("stream" not in listed[f["sent_in"]] or sent_in(json.loads(files[f["sent_in"]])) != h):
            raise Wrong("evidence", name + " is not the letter that was sent")
        if "stream" in f and not any((l["stream"], l["record"], l["said"].get("sha256")) == (f["stream"], f["record"], h) for l in records):
            raise Wrong("evidence", name + " is not the body of its record")
    return said + ", %d files" % len(names)


def main(arguments):
    if len(arguments) < 2:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        with open(arguments[0], "rb") as f:
            data = f.read()
        keys = read_keys(arguments[1:])
    except (OSError, ValueError) as problem:
        print(problem, file=sys.stderr)
        return 2
    try:
        print("VERIFIED", verify_archive(data, keys) if data.startswith(b"PK\x03\x04") else verify(data, keys)[0])
        return 0
    except Wrong as wrong:
        print("NOT VERIFIED (%s): %s" % (wrong.code, wrong))
    except ValueError as problem:  # bytes that are no text, base64 or number at all
        print("NOT VERIFIED (form): %s" % problem)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
