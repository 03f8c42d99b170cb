#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installs into a directory of its own, and uses what is there as a stranger would.

The example is built with CMake and with pkg-config, and its jobs are run by the installed program.
Nothing that is installed may name the build tree, the source tree or the machine.
"""
import argparse
import os
import shutil
import subprocess
import sys
import tempfile


def run(*command, **options):
    result = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    if result.returncode != 0:
        sys.exit(f"{' '.join(command)}\nfailed with {result.returncode}:\n"
                 f"{result.stdout}{result.stderr}")
    return result.stdout


def require(condition, what):
    if not condition:
        sys.exit(f"package: {what}")


def check_files(prefix, source):
    def has(*path):
        require(os.path.exists(os.path.join(prefix, *path)), f"{os.path.join(*path)} is missing")

    has("bin", "fspl")
    for header in os.listdir(os.path.join(source, "include", "bobbin")):
        has("include", "bobbin", header)
    has("share", "bash-completion", "completions", "fspl")
    has("share", "zsh", "site-functions", "_fspl")
    has("share", "fish", "vendor_completions.d", "fspl.fish")
    pages = ["man1/fspl.1"]
    if os.path.exists(os.path.join(prefix, "bin", "filed")):
        has("libexec", "bobbin", "filed-slot")
        has("share", "bash-completion", "completions", "filed")
        has("share", "zsh", "site-functions", "_filed")
        has("share", "fish", "vendor_completions.d", "filed.fish")
        has("lib", "systemd", "system", "filed@.service")
        has("lib", "systemd", "user", "filed.service")
        has("lib", "sysusers.d", "filed.conf")
        pages += ["man1/filed.1", "man5/filed.5", "man5/filed.config.5"]
    for page in pages if shutil.which("scdoc") else ():
        has("share", "man", page)


def check_paths(prefix, forbidden):
    """No text file names a directory of this machine."""
    for directory, _, names in os.walk(prefix):
        for name in names:
            path = os.path.join(directory, name)
            with open(path, "rb") as file:
                content = file.read()
            if content.startswith((b"\x7fELF", b"!<arch>")):
                continue
            for word in forbidden:
                require(word.encode() not in content, f"{path} names {word}")


def check_headers(prefix, compiler):
    include = os.path.join(prefix, "include")
    for header in sorted(os.listdir(os.path.join(include, "bobbin"))):
        run(compiler, "-std=c++20", "-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Werror",
            "-fsyntax-only", "-x", "c++", "-I", include, "-include", f"bobbin/{header}", "/dev/null")


def try_example(example, prefix, directory):
    spool, sequence = os.path.join(directory, "spool"), os.path.join(directory, "seq")
    output = run(example, spool, sequence, "one", "two")
    require("waiting: job 2" in output and "next: job 1" in output, f"the example said {output}")
    fspl = os.path.join(prefix, "bin", "fspl")
    ran = run(fspl, "queue-process", "-q", spool, "sh", "--", "-c", 'cat; echo " $FSPL_SET_SENDER $FSPL_SEQ"')
    require(ran == "one send_job 1\ntwo send_job 2\n", f"the example's jobs said {ran!r}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for name in ("cmake", "build", "source", "compiler"):
        parser.add_argument(f"--{name}", required=True)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="bobbin-package-") as directory:
        prefix = os.path.join(directory, "prefix")
        run(options.cmake, "--install", options.build, "--prefix", prefix)
        check_files(prefix, options.source)
        check_paths(prefix, [options.build, options.source, "/usr/lib/", "/home/"])
        check_headers(prefix, options.compiler)
        example = os.path.join(options.source, "examples")

        with_cmake = os.path.join(directory, "with-cmake")
        run(options.cmake, "-S", example, "-B", with_cmake, f"-DCMAKE_PREFIX_PATH={prefix}",
            f"-DCMAKE_CXX_COMPILER={options.compiler}")
        run(options.cmake, "--build", with_cmake)
        os.mkdir(os.path.join(directory, "a"))
        try_example(os.path.join(with_cmake, "send_job"), prefix, os.path.join(directory, "a"))

        libraries = next(path for path, _, names in os.walk(prefix) if "bobbin.pc" in names)
        environment = {**os.environ, "PKG_CONFIG_PATH": libraries}
        flags = run("pkg-config", "--cflags", "--libs", "bobbin", env=environment).split()
        program = os.path.join(directory, "send_job")
        run(options.compiler, "-std=c++20", os.path.join(example, "send_job.cc"), "-o", program, *flags)
        os.mkdir(os.path.join(directory, "b"))
        try_example(program, prefix, os.path.join(directory, "b"))
    print("package: installed, built with CMake and with pkg-config, and ran")


if __name__ == "__main__":
    main()
