#pragma once
// Who makes a request, as authentication found out: the input of authorization, reviews and audit.
// Plain data.
#include <map>
#include <string>
#include <string_view>
#include <vector>

namespace firesteel::apiserver {

struct User {
  std::string name;  // "admin", "system:node:local", "system:serviceaccount:NAMESPACE:NAME"
  std::string uid;
  std::vector<std::string> groups;
  std::map<std::string, std::vector<std::string>> extra;

  [[nodiscard]] bool in_group(std::string_view group) const;
  bool operator==(const User&) const = default;
};

// Groups and names with a meaning of their own (Kubernetes, authentication/user).
inline constexpr std::string_view kMastersGroup = "system:masters";
inline constexpr std::string_view kAuthenticatedGroup = "system:authenticated";
inline constexpr std::string_view kUnauthenticatedGroup = "system:unauthenticated";
inline constexpr std::string_view kServiceAccountsGroup = "system:serviceaccounts";
inline constexpr std::string_view kNodesGroup = "system:nodes";
// Who installs the platform at every start. No webhook is asked about what it does: a webhook that
// is served by a pod could never come back up otherwise.
inline constexpr std::string_view kInstallerUser = "system:firesteel-installer";
inline constexpr std::string_view kAnonymousUser = "system:anonymous";

// "system:serviceaccount:NAMESPACE:NAME".
[[nodiscard]] std::string service_account_user(std::string_view space, std::string_view name);
// The two parts of such a name; false when it is none.
[[nodiscard]] bool split_service_account_user(std::string_view user, std::string& space,
                                              std::string& name);

}  // namespace firesteel::apiserver
