#pragma once
// The data of Secrets and binaryData. Pure (net/tls.h has the same over OpenSSL, which a plan may
// not include).
#include <optional>
#include <string>
#include <string_view>

namespace firesteel::node::plan {

// RFC 4648, with padding; white space is skipped. Nothing when it is not base64.
[[nodiscard]] std::optional<std::string> decode_base64(std::string_view text);

}  // namespace firesteel::node::plan
