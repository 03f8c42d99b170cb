// SPDX-License-Identifier: Apache-2.0
// Options that mean the same in several commands.
#pragma once

#include "base/file_lock.h"
#include "fspl/command_table.h"

namespace bobbin::fspl {

inline constexpr OptionSpec kQueueOption{
    "queuedir", 'q', ValueKind::directory, "DIR", "The queue's directory.", true};
inline constexpr OptionSpec kDecoderOption{
    "decoder", 'd', ValueKind::text, "CMD",
    "Shell command that turns a stored file (on its standard input) into a packet (on its standard "
    "output), "
    "for example zcat."};
inline constexpr OptionSpec kSequenceOption{
    "seqfile",
    's',
    ValueKind::path,
    "FILE",
    "The sequence file; created with 1 if it is missing. \"-\" stands for no file and number 1.",
    true};
inline constexpr OptionSpec kWaitOption{
    "wait", 0, ValueKind::flag, "",
    "Wait while another process holds the lock, instead of failing at once."};
inline constexpr OptionSpec kJobOption{
    "job", 'j', ValueKind::number, "ID", "The job's sequence number.", true};
inline constexpr OptionSpec kJsonOption{"json", 0, ValueKind::flag, "",
                                        "Print JSON instead of text."};

inline constexpr PositionalSpec kIdPositional{"ID", ValueKind::number,
                                              "The sequence number that comes next."};

inline LockWait lock_wait(const Arguments& arguments) {
  return arguments.has("wait") ? LockWait::until_free : LockWait::never;
}

}  // namespace bobbin::fspl
