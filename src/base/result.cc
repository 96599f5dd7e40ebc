#include "base/result.h"

#include <cerrno>
#include <system_error>

namespace firesteel {

std::unexpected<Error> fail_errno(std::string_view what) {
  const int number = errno;
  return fail(ErrorCode::kIo, std::string(what) + ": " + std::generic_category().message(number));
}

}  // namespace firesteel
