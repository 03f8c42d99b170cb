# SPDX-License-Identifier: Apache-2.0
"""What a disk may hold after a power loss, computed from a trace of the shim.

The one idea: replay the trace on a model in which every file has two contents (as seen, as on the
disk) and every directory two lists of names (as seen, as on the disk) with the changes between
them in order. `states()` then yields every tree that may be found after the power came back:

* content written and not synced is there, is not there, or is there in part;
* of the changes to one directory, any number of the oldest has happened, each directory for
  itself, except that a rename from one to another happens in both or in neither;
* fsync and fdatasync of a file make its content durable, fsync of a directory its names. The name
  of a new file is NOT made durable by a sync of the file (some file systems do, POSIX is silent);
* a sync that failed with EIO has dropped the pages: a later successful one proves nothing.

It is not a file system: no modes, no hard link counts, no holes, no mmap.
"""
import errno
import itertools
import os

O_CREAT, O_TRUNC, O_TMPFILE = 0o100, 0o1000, 0o20200000
RENAME_EXCHANGE = 2
STATES_LIMIT = 400

CONTENT_CALLS = {
    "write", "pwrite", "writev", "copy_file_range", "splice", "sendfile", "ftruncate", "fallocate",
}  # fmt: skip
SYNC_CALLS = {"fsync", "fdatasync"}


class File:
    def __init__(self, content, durable):
        self.content, self.durable, self.is_lost = content, durable, False

    def is_dirty(self):
        return self.content != self.durable

    def variants(self):
        """The contents that may be found; the worst first."""
        if not self.is_dirty():
            return [self.content]
        found = [self.durable, self.content]
        if isinstance(self.content, bytes) and isinstance(self.durable, bytes):
            found.append(self.content[: len(self.durable) or len(self.content) // 2])
            found.append(self.durable.ljust(len(self.content), b"\0"))
        return list(dict.fromkeys(found))


class Directory:
    def __init__(self):
        self.names, self.durable, self.pending = {}, {}, []


class Change:
    """One step of the name space: all its parts happen together."""

    def __init__(self, parts):
        self.parts = parts  # [(Directory, name, File | Directory | None)]

    def directories(self):
        return {id(d): d for d, _, _ in self.parts}.values()


class Disk:
    """The durable and the visible state of everything below `root`; starts as durable."""

    def __init__(self, root):
        self.nodes, self.version, self.broken_rules = {}, 0, []
        self.root = self._load(root)

    def new_file(self):
        return File(b"", b"")

    def _load(self, path):
        info = os.stat(path, follow_symlinks=False)
        if os.path.isdir(path):
            node = Directory()
            for entry in os.listdir(path):
                node.names[entry] = self._load(os.path.join(path, entry))
            node.durable = dict(node.names)
        else:
            with open(path, "rb") as file:
                content = file.read()
            node = File(content, content)
        self.nodes[f"{info.st_dev}:{info.st_ino}"] = node
        return node

    def apply(self, event):
        """Takes in one line of the trace."""
        if event.is_dropped or event.result is None:
            return
        if event.result < 0:
            node = self.nodes.get(event.get("file"))
            if event.call in SYNC_CALLS and isinstance(node, File):
                node.is_lost |= event.errno == errno.EIO
            return
        if event.call in CONTENT_CALLS:
            self._write(event)
        elif event.call in SYNC_CALLS:
            self._sync(self.nodes.get(event.get("file")), event)
        elif event.call == "syncfs":
            for node in list(self.nodes.values()):
                self._sync(node, event)
        elif event.call in ("open", "rename", "unlink", "link", "mkdir"):
            getattr(self, "_" + event.call)(event)

    def _write(self, event):
        node = self.nodes.get(event.get("file"))
        if isinstance(node, File):
            node.content = event.content(self.version)
            node.is_lost = False
            self.version += 1

    def _sync(self, node, event):
        if isinstance(node, File):
            if event.get("file") and self.nodes.get(event.get("file")) is node:
                node.content = event.content(self.version)  # a command may have written it too
            if not node.is_lost:
                node.durable = node.content
        elif isinstance(node, Directory):
            while node.pending:
                self._settle(node.pending[0])
        self.version += 1

    def _settle(self, change):
        """Makes a change durable, and what came before it in the same directories."""
        for directory in change.directories():
            while directory.pending and directory.pending[0] is not change:
                self._settle(directory.pending[0])
        for directory, name, node in change.parts:
            _put(directory.durable, name, node)
        for directory in change.directories():
            directory.pending.remove(change)

    def _change(self, *parts):
        known = [(d, name, node) for d, name, node in parts if isinstance(d, Directory)]
        if known:
            change = Change(known)
            for directory, name, node in known:
                _put(directory.names, name, node)
            for directory in change.directories():
                directory.pending.append(change)
            self.version += 1

    def _dir(self, event, suffix=""):
        return self.nodes.get(event.get("dir" + suffix))

    def _open(self, event):
        flags = int(event.get("flags"))
        if flags & O_TMPFILE == O_TMPFILE:
            self.nodes[event.get("file")] = self.new_file()
        elif flags & O_CREAT and event.get("existed") == "0":
            node = self.nodes[event.get("file")] = self.new_file()
            self._change((self._dir(event), event.name(), node))
        elif flags & O_TRUNC:
            node = self.nodes.get(event.get("file"))
            if isinstance(node, File):
                node.content = b""
                self.version += 1

    def _mkdir(self, event):
        node = self.nodes[event.get("file")] = Directory()
        self._change((self._dir(event), event.name(), node))

    def _unlink(self, event):
        self._change((self._dir(event), event.name(), None))

    def _link(self, event):
        node = self.nodes.get(event.get("file"))
        self._check_synced(node, event, event.name("2"))
        self._change((self._dir(event, "2"), event.name("2"), node))

    def _rename(self, event):
        source, target = self.nodes.get(event.get("file")), self.nodes.get(event.get("file2"))
        exchanged = int(event.get("flags")) & RENAME_EXCHANGE
        self._check_synced(source, event, event.name("2"))
        if exchanged:
            self._check_synced(target, event, event.name())
        self._change(
            (self._dir(event), event.name(), target if exchanged else None),
            (self._dir(event, "2"), event.name("2"), source),
        )

    def _check_synced(self, node, event, name):
        if isinstance(node, File) and node.is_dirty():
            rule = f"{name} put into place before its content was synced"
            self.broken_rules.append(f"call {event.number}: {rule}")

    def states(self):
        """Every tree {path: bytes, or None for a directory} a power loss may leave, once."""
        seen = set()
        for chosen in self._choices():
            for tree in self._trees(chosen):
                key = frozenset(tree.items())
                if key not in seen:
                    seen.add(key)
                    yield tree

    def _choices(self):
        """Sets of pending changes (as ids) that may have happened."""
        directories = [n for n in self.nodes.values() if isinstance(n, Directory) and n.pending]
        spans = [range(len(d.pending) + 1) for d in directories]
        while len(spans) and _product(spans) > STATES_LIMIT:  # the oldest, the newest, the ends
            spans = [sorted({0, 1, s[-1] // 2, max(s[-1] - 1, 0), s[-1]}) for s in spans]
            if _product(spans) > STATES_LIMIT:
                spans = [sorted({0, s[-1]}) for s in spans]
            break
        for lengths in itertools.product(*spans):
            chosen, left = set(), set()
            for directory, length in zip(directories, lengths):
                chosen.update(map(id, directory.pending[:length]))
                left.update(map(id, directory.pending[length:]))
            if not chosen & left:
                yield chosen

    def _trees(self, chosen):
        tree, dirty = {}, {}
        self._fill(tree, dirty, self.root, "", chosen)
        yield tree
        if len(dirty) > 1:
            yield {**tree, **{path: node.content for path, node in dirty.items()}}
        for path, node in dirty.items():
            for content in node.variants()[1:]:
                yield {**tree, path: content}

    def _fill(self, tree, dirty, directory, prefix, chosen):
        names = dict(directory.durable)
        for change in directory.pending:
            if id(change) in chosen:
                for where, name, node in change.parts:
                    if where is directory:
                        _put(names, name, node)
        for name, node in names.items():
            if isinstance(node, Directory):
                tree[prefix + name] = None
                self._fill(tree, dirty, node, prefix + name + "/", chosen)
            else:
                tree[prefix + name] = node.durable
                if node.is_dirty():
                    dirty[prefix + name] = node


def _put(names, name, node):
    if node is None:
        names.pop(name, None)
    else:
        names[name] = node


def _product(spans):
    size = 1
    for span in spans:
        size *= len(span)
    return size


def load_tree(root):
    """{path: bytes, or None for a directory} of what is really there."""
    tree = {}
    for folder, folders, files in os.walk(root):
        prefix = os.path.relpath(folder, root) + "/"
        prefix = "" if prefix == "./" else prefix
        for name in folders:
            tree[prefix + name] = None
        for name in files:
            with open(os.path.join(folder, name), "rb") as file:
                tree[prefix + name] = file.read()
    return tree


def store_tree(tree, root):
    """The inverse of load_tree. Content the trace did not carry becomes zeros of that size."""
    os.makedirs(root, exist_ok=True)
    for path in sorted(tree):
        content = tree[path]
        if content is None:
            os.makedirs(os.path.join(root, path), exist_ok=True)
        else:
            with open(os.path.join(root, path), "wb") as file:
                file.write(content if isinstance(content, bytes) else bytes(content[1]))
