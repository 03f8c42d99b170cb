// SPDX-License-Identifier: Apache-2.0
// Options of the commands that run a command, and how they become values.
#pragma once

#include "fspl/command_table.h"
#include "fspl/processing/options.h"

namespace bobbin::fspl {

inline constexpr OptionSpec kAllowJobParamsOption{
    "allow-job-params", 0, ValueKind::flag, "",
    "Append the parameters in the packet to those of the command."};
inline constexpr OptionSpec kIgnorePayloadOption{
    "ignore-payload", 0, ValueKind::flag, "",
    "Give the command /dev/null as standard input instead of the payload."};
inline constexpr OptionSpec kTimeoutOption{
    "timeout", 0, ValueKind::number, "SECONDS",
    "End the command and every process it started after this time; 0 means never. Default: never."};
inline constexpr OptionSpec kStopSignalOption{
    "stop-signal", 0, ValueKind::signal, "SIGNAL",
    "What is sent to a command that must end, for example TERM; after --grace, KILL follows. "
    "Default: KILL at a time-out, TERM when fspl itself is told to stop."};
inline constexpr OptionSpec kGraceOption{"grace", 0, ValueKind::seconds, "SECONDS",
                                         "Time between the stop signal and KILL. Default: 10."};

inline constexpr PositionalSpec kCommandPositional{
    "COMMAND", ValueKind::text,
    "The program to run; it is looked up in PATH, no shell is involved."};
inline constexpr std::string_view kParametersHelp = "Parameters of the command.";

// From the options and arguments above.
CommandOptions command_options(const Arguments& arguments);

}  // namespace bobbin::fspl
