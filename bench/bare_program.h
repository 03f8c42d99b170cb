// SPDX-License-Identifier: Apache-2.0
// Just enough to write a job without a C library: its entry point and system calls. A job that
// costs next to nothing to start shows what the program that starts it costs.
//
// Include it in one source file, define `bare_main`, and link with -static -nostdlib.
#pragma once

#if !defined(__x86_64__)
#error "bare programs are written for x86-64: add this machine's entry point and system call here"
#endif

// `stack` is what the kernel leaves there: the argument count, then the argument pointers.
extern "C" [[noreturn]] void bare_main(long* stack);

// Not a function: the compiler would move the stack pointer before it could be read.
__asm__(
    ".globl _start\n"
    "_start:\n"
    "  mov %rsp, %rdi\n"
    "  and $-16, %rsp\n"
    "  call bare_main\n");

inline long bare_syscall(long number, long first, long second = 0, long third = 0) {
  long result;
  __asm__ volatile("syscall"
                   : "=a"(result)
                   : "a"(number), "D"(first), "S"(second), "d"(third)
                   : "rcx", "r11", "memory");
  return result;
}
