#pragma once
// Bytes between two streams, both ways at once. Knows no protocol.
#include <string>

#include "base/stop.h"
#include "net/http.h"

namespace firesteel::net {

inline constexpr std::size_t kMaxRelayed = 256 * 1024;  // read ahead of a slow side, each way

// Passes everything on until one side ends or breaks (what it had sent is still delivered) or
// `stop`. `first` goes to `left` before all else. Never waits to write to one side while the other
// has something to say, so two full sides cannot hold each other up.
void relay(Stream& left, Stream& right, std::string first, const StopToken& stop);

}  // namespace firesteel::net
