// Objects in Kubernetes' protobuf: an object or an error, never a crash.
#include "apiserver/protobuf.h"
#include "base/json/print.h"
#include "fuzz/input.h"

using namespace firesteel;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto object = apiserver::decode_protobuf(fuzz::text_of(data, size));
  if (!object) return 0;
  MUST(object->is_object());
  const auto again = json::parse(json::print(*object));
  MUST(again && again->is_object());  // as the store reads it after a restart
  return 0;
}
