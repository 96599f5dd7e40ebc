#include "apiserver/user.h"

#include <algorithm>

namespace firesteel::apiserver {
namespace {

constexpr std::string_view kServiceAccountPrefix = "system:serviceaccount:";

}  // namespace

bool User::in_group(std::string_view group) const {
  return std::ranges::find(groups, group) != groups.end();
}

std::string service_account_user(std::string_view space, std::string_view name) {
  return fmt::format("{}{}:{}", kServiceAccountPrefix, space, name);
}

bool split_service_account_user(std::string_view user, std::string& space, std::string& name) {
  if (!user.starts_with(kServiceAccountPrefix)) return false;
  const std::string_view rest = user.substr(kServiceAccountPrefix.size());
  const std::size_t colon = rest.find(':');
  if (colon == 0 || colon == std::string_view::npos || colon + 1 == rest.size()) return false;
  if (rest.find(':', colon + 1) != std::string_view::npos) return false;
  space = rest.substr(0, colon);
  name = rest.substr(colon + 1);
  return true;
}

}  // namespace firesteel::apiserver
