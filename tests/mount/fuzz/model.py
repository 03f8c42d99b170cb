# SPDX-License-Identifier: Apache-2.0
"""What filed(5) says about jobs and directories, in the words of a test: which error an operation may give, and where each
job may be. The scheduler moves jobs by itself, so a job has a set of directories in which it may be; whatever is seen makes
the set smaller, time makes it larger. With max_job_count 0 time does nothing, and the model is exact.

It is written from the manual and shares nothing with filed. Not in it: the order of starts, pauses, rights."""

import errno
import os

import job_text

STATES = ("pending", "active", "failed", "complete")
FAR_FUTURE = 4_000_000_000
# from: where it may be moved to
MOVES = {
    "pending": {"pending", "failed"},
    "active": {"pending", "failed"},
    "failed": {"pending", "failed"},
    "complete": {"pending", "complete"},
}
# Wrong rules, and with which words filed must be found at fault by a model that has them.
PLANTS = {
    "complete may be set aside": "EPERM, and not success",
    "failed may be written": "EPERM, and not success",
    "a name may be taken twice": "EEXIST, and not success",
}


class Disagreement(AssertionError):
    pass


class Job:
    def __init__(self, name, number):
        self.name, self.number = name, number
        self.states = {"pending"}
        self.content = bytearray()
        self.contents = []  # all that it may have run with
        self.writers = 0
        self.is_held = False  # by a modification time in the future; None: perhaps
        self.mtime_ns = None  # as it was set; None: not by us
        self.mode, self.priority = 0o640, 0
        self.was_set_aside = False
        self.is_gone = False

    def has_unfinished_name(self):
        return self.name.startswith((b".", b"#")) or self.name.endswith(b"~")

    def waits(self):
        """Whether it stays in pending/ for what the user did or did not do; None: perhaps."""
        if self.writers or not self.content or self.has_unfinished_name():
            return True
        return self.is_held

    def may_sleep(self):
        meanings = [job_text.meaning(content) for content in self.contents]
        return any(known is None or known[1] == job_text.SLEEP for known in meanings)

    def __repr__(self):
        return f"job {self.number} {self.name[:20]!r} in {'|'.join(sorted(self.states))}"


class Handle:
    def __init__(self, job, file, flags, shows_log):
        self.job, self.file, self.shows_log = job, file, shows_log
        self.writes = flags & os.O_ACCMODE != os.O_RDONLY
        self.reads = flags & os.O_ACCMODE != os.O_WRONLY
        self.appends = bool(flags & os.O_APPEND)


class Model:
    def __init__(self, plant=None):
        self.plant = plant
        self.jobs = {}  # by name
        self.config = {}
        self.count = 0
        self.moves = {state: set(targets) for state, targets in MOVES.items()}
        if plant == "complete may be set aside":
            self.moves["complete"].add("failed")

    # ---- time

    def after(self, job, states):
        """Where it may be a moment later."""
        found, todo = set(), set(states)
        while todo:
            state = todo.pop()
            found.add(state)
            todo |= self._next(job, state) - found
        return found

    def _next(self, job, state):
        if state == "pending":
            is_startable = self.config["max_job_count"] > 0 and job.waits() is not True
            return {"active"} if is_startable else set()
        if state != "active":
            return set()
        targets = set()
        for content in job.contents:  # the last attempt may have begun before the text was changed
            known = job_text.meaning(content)
            if known is None or known[1] == "":
                targets.add("complete")
            if known is None or known[1] not in ("", job_text.SLEEP):
                targets |= {"failed", "pending"} if self.config["max_retries"] else {"failed"}
        return targets

    def tick(self):
        for job in self.jobs.values():
            self.note_content(job)
            job.states = self.after(job, job.states)

    @staticmethod
    def note_content(job):
        if job.waits() is not True and "pending" in job.states and \
                (not job.contents or job.contents[-1] != bytes(job.content)):
            job.contents.append(bytes(job.content))

    # ---- what is seen

    def found(self, job, directory, answers):
        """The errors that an operation on DIRECTORY/name may give (0: none), each with where the job may then be.
        answers(state): those for a job that was found there, and is in this state by now."""
        options = {}
        later = self.after(job, job.states & {directory})
        if directory in job.states:
            for state in later:
                for error in answers(state):
                    options.setdefault(error, set()).add(state)
        if job.states != {directory} or len(later) > 1:
            options.setdefault(errno.ENOENT, set()).update((job.states | later) - {directory})
        return options

    def see(self, job, options, error):
        if error not in options:
            raise Disagreement(f"{named(error)}, and not {'/'.join(map(named, options)) or 'anything'}: {job}")
        job.states = options[error] or job.states

    def see_at(self, directory, name, error, answers):
        """An operation on DIRECTORY/name gave this error. Returns the job if it was done."""
        job = self.jobs.get(name)
        if len(name) > 255:
            expect(error, errno.ENAMETOOLONG)
        elif job is None:
            expect(error, errno.ENOENT)
        else:
            self.see(job, self.found(job, directory, answers), error)
        return job if error == 0 else None

    def see_list(self, directory, names):
        if len(set(names)) != len(names):
            raise Disagreement(f"a name stands twice in {directory}: {names}")
        for name in set(names) - set(self.jobs):
            raise Disagreement(f"{directory}/{name!r} should not be there")
        for job in self.jobs.values():
            if job.name in names:
                if directory not in job.states:
                    raise Disagreement(f"it is in {directory}: {job}")
                job.states = self.after(job, {directory})
            else:
                if job.states == {directory}:
                    raise Disagreement(f"it is not in {directory}: {job}")
                job.states = (job.states | self.after(job, job.states & {directory})) - {directory}

    # ---- opening

    def see_open(self, directory, name, flags, error):
        """Returns the job that was opened or made, if it was."""
        job = self.jobs.get(name)
        if not flags & os.O_CREAT:
            job = self.see_at(directory, name, error, lambda state: self._open_answers(directory, state, flags))
        elif len(name) > 255:
            expect(error, errno.ENAMETOOLONG, errno.EPERM) if directory != "pending" else expect(error, errno.ENAMETOOLONG)
        elif job is None:
            job = self._see_create(directory, name, error)
        else:
            self._see_create_taken(directory, job, flags, error)
        if error != 0 or job is None:
            return None
        if flags & os.O_ACCMODE != os.O_RDONLY:
            job.writers += 1
        if flags & os.O_TRUNC:
            self.truncated(job, 0)
        return job

    def may_write(self, state):
        return state == "pending" or (state == "failed" and self.plant == "failed may be written")

    def _open_answers(self, directory, state, flags):
        if flags & os.O_ACCMODE == os.O_RDONLY:
            return [0]
        if directory == "pending":  # if it has gone on it is looked up again
            return [0] if state == "pending" else [errno.ENOENT]
        return [0] if self.may_write(directory) else [errno.EPERM]

    def _see_create(self, directory, name, error):
        if directory != "pending":
            return expect(error, errno.EPERM)
        most = self.config["max_pending"]
        certain = sum(job.states == {"pending"} for job in self.jobs.values())
        possible = sum("pending" in job.states for job in self.jobs.values())
        expect(error, *([errno.ENOSPC] if most and possible >= most else []), *([0] if not most or certain < most else []))
        if error:
            return None
        self.count += 1
        self.jobs[name] = job = Job(name, self.count)
        return job

    def _see_create_taken(self, directory, job, flags, error):
        is_new_only = bool(flags & os.O_EXCL)
        if directory == "pending":
            self.see(job, self._taken_in_pending(job, is_new_only), error)
            return
        options = self.found(job, directory, lambda _: [errno.EEXIST if is_new_only else errno.EPERM])
        states = options.pop(errno.ENOENT, None)
        if states:
            options.setdefault(errno.EPERM, set()).update(states)
        self.see(job, options, error)

    def _taken_in_pending(self, job, is_new_only):
        options = {}
        for state in self.after(job, job.states):
            is_opened = state == "pending" and not is_new_only
            options.setdefault(0 if is_opened else errno.EEXIST, set()).add(state)
        return options

    # ---- changing

    def truncated(self, job, size):
        job.content = job.content[:size] + bytes(max(0, size - len(job.content)))
        job.is_held, job.mtime_ns = False, None

    def written(self, job, offset, data):
        if offset > len(job.content):
            job.content += bytes(offset - len(job.content))
        job.content[offset:offset + len(data)] = data
        job.is_held, job.mtime_ns = False, None

    def content_answers(self, job, end):
        """Errors of writing up to this end, in a file that is open."""
        if job.is_gone:
            return [errno.ESTALE]
        assert len(job.states) == 1, "a job that is open for writing does not start"
        if not self.may_write(*job.states):
            return [errno.EPERM]
        return [0] if end <= self.config["max_content"] else [errno.EFBIG]

    def removed(self, job):
        del self.jobs[job.name]
        job.is_gone = True

    def see_rename(self, source, target, is_new_only, error):
        (directory, name), (new_directory, new_name) = source, target
        job, other = self.jobs.get(name), self.jobs.get(new_name)
        if len(new_name) > 255 or len(name) > 255:
            return expect(error, errno.ENAMETOOLONG, errno.ENOENT)
        if job is None:
            return expect(error, errno.ENOENT)
        other = None if other is job else other
        options = self.found(job, directory, lambda state: self._rename_answers(state, source, target, other, is_new_only))
        self.see(job, options, error)
        if error or source == target:
            return None
        if other:
            self.removed(other)
        del self.jobs[name]
        job.name = new_name
        self.jobs[new_name] = job
        job.states = {new_directory}
        self._note_move(job, directory, new_directory)
        return None

    @staticmethod
    def _note_move(job, directory, new_directory):
        if new_directory == "failed" and directory != "failed":
            job.was_set_aside = True
        if new_directory == "pending" and directory != "pending":
            job.was_set_aside = False
            job.is_held = None if job.is_held else job.is_held

    def _rename_answers(self, state, source, target, other, is_new_only):
        (directory, name), (new_directory, new_name) = source, target
        if source == target:
            return [errno.EEXIST if is_new_only else 0]
        is_allowed = new_directory in self.moves[state] and not (state == new_directory == "active")
        answers = set()
        if other is None or self.plant == "a name may be taken twice":
            answers.add(0 if is_allowed else errno.EPERM)
        else:
            for there in self.after(other, other.states):
                replaces = not is_new_only and directory == state == new_directory == there == "pending"
                answers.add(0 if replaces else errno.EEXIST)
            if not is_allowed:
                answers.add(errno.EPERM)
        if name == new_name and state == new_directory:  # it went there by itself
            answers.add(errno.EEXIST if is_new_only else 0)
        return answers

    def utimes_set(self, job, seconds):
        is_certain = self.after(job, {"pending"}) == job.states == {"pending"}
        is_future = seconds == FAR_FUTURE
        if job.states & {"pending"}:
            job.is_held = is_future if is_certain or not is_future else None
            job.mtime_ns = seconds * 10**9 if is_certain else None


def named(error):
    return errno.errorcode.get(error, str(error)) if error else "success"


def expect(error, *allowed):
    if error not in allowed:
        raise Disagreement(f"{named(error)}, and not {'/'.join(map(named, allowed))}")
