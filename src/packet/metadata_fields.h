// SPDX-License-Identifier: Apache-2.0
// What the metadata of a packet is called, shared by encoder and decoder. As JSON, a command is
//
//   {"seq": N, "ctime": [SECONDS, NANOSECONDS],
//    "cmd_type": {"Command": {"params": [OCTETS...], "env": [[OCTETS, OCTETS]...]}}}
//
// and the other kinds have "NOP" or "Fail" for the inner map. OCTETS is an array of integers.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace bobbin {

// The positions are part of the format: a reader takes them instead of the names.
inline constexpr std::size_t kSequenceField = 0;
inline constexpr std::size_t kCreatedField = 1;
inline constexpr std::size_t kKindField = 2;
inline constexpr std::array<std::string_view, 3> kHeaderFields{"seq", "ctime", "cmd_type"};

inline constexpr std::size_t kCommandKind = 0;
inline constexpr std::size_t kNopKind = 1;
inline constexpr std::size_t kFailKind = 2;
inline constexpr std::array<std::string_view, 3> kKinds{"Command", "NOP", "Fail"};

inline constexpr std::size_t kParametersField = 0;
inline constexpr std::size_t kVariablesField = 1;
inline constexpr std::array<std::string_view, 2> kCommandFields{"params", "env"};

// Most parameters, names and values together. An execve takes at most 6 MB, in which each costs
// nine bytes or more, so nothing that could run is refused; without a limit an empty string would
// turn one byte of metadata into 32 bytes of memory sixteen million times over.
inline constexpr std::size_t kMaxStrings = std::size_t{1} << 20;

}  // namespace bobbin
