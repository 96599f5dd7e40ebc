#pragma once
// The end of a driver's log, to find out why it failed.
#include <string>
#include <string_view>

#include "base/result.h"
#include "client/http_api.h"

namespace firesteel::operators {

class DriverLogs {
 public:
  virtual ~DriverLogs() = default;
  // At most decide::kLogTail bytes. Any thread.
  [[nodiscard]] virtual Result<std::string> tail(std::string_view space, std::string_view pod) = 0;
};

// Through the API server: pods/log. Gives up after kPatience, for a node that does not answer must
// not hold a worker.
class HttpDriverLogs final : public DriverLogs {
 public:
  static constexpr int kLines = 500;
  static constexpr int kMaxBytes = 4 * 1024 * 1024;  // read of these lines
  static constexpr std::chrono::seconds kPatience{5};

  // `api` must outlive it.
  explicit HttpDriverLogs(client::HttpApi& api) : api_(api) {}
  [[nodiscard]] Result<std::string> tail(std::string_view space, std::string_view pod) override;

 private:
  client::HttpApi& api_;
};

}  // namespace firesteel::operators
