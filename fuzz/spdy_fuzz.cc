// SPDY frames as kubectl tunnels them: any bytes, in pieces; what is read prints as frames that
// read back the same.
#include "fuzz/input.h"
#include "net/spdy.h"

using namespace firesteel;
namespace spdy = net::spdy;

namespace {

// Frames until there is no whole one; false after an error.
bool read_all(spdy::Decoder& decoder, std::vector<spdy::Frame>& frames) {
  while (true) {
    auto frame = decoder.next();
    if (!frame) return false;
    if (!*frame) return true;
    frames.push_back(std::move(**frame));
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes = fuzz::text_of(data, size);
  spdy::Decoder decoder;
  std::vector<spdy::Frame> frames;
  bool fine = true;
  while (fine && !bytes.empty()) {
    decoder.feed(bytes.substr(0, 13));
    bytes.remove_prefix(std::min<std::size_t>(13, bytes.size()));
    fine = read_all(decoder, frames);
  }
  spdy::Encoder encoder;
  spdy::Decoder second;
  std::vector<spdy::Frame> again;
  std::size_t printed = 0;
  for (const spdy::Frame& frame : frames) {
    if (std::holds_alternative<spdy::Ignored>(frame)) continue;
    second.feed(encoder.print(frame));
    ++printed;
  }
  MUST(read_all(second, again));
  MUST(again.size() == printed);
  return 0;
}
